package io.baton.benchmarks.application;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** TPC-C, clause 2.7: the oldest open order of each district is delivered. */
final class Delivery {

  private Delivery() {}

  static void run(Connection connection, TpccChoice choice) throws SQLException {
    int warehouse = choice.warehouse();
    int carrier = choice.within(1, 10);
    for (int district = 1; district <= TpccChoice.DISTRICTS; district++) {
      int order = oldest(connection, warehouse, district);
      if (order >= 0) {
        deliver(connection, warehouse, district, order, carrier);
      }
    }
    connection.commit();
  }

  /** Takes the oldest one; -1 if there is none. */
  private static int oldest(Connection connection, int warehouse, int district)
      throws SQLException {
    try (PreparedStatement take =
        connection.prepareStatement(
            "delete from new_order where no_w_id = ? and no_d_id = ? and no_o_id ="
                + " (select no_o_id from new_order where no_w_id = ? and no_d_id = ?"
                + " order by no_o_id limit 1 for update) returning no_o_id")) {
      take.setInt(1, warehouse);
      take.setInt(2, district);
      take.setInt(3, warehouse);
      take.setInt(4, district);
      try (ResultSet row = take.executeQuery()) {
        return row.next() ? row.getInt(1) : -1;
      }
    }
  }

  private static void deliver(
      Connection connection, int warehouse, int district, int order, int carrier)
      throws SQLException {
    int customer;
    try (PreparedStatement update =
        connection.prepareStatement(
            "update orders set o_carrier_id = ? where o_w_id = ? and o_d_id = ? and o_id = ?"
                + " returning o_c_id")) {
      update.setInt(1, carrier);
      update.setInt(2, warehouse);
      update.setInt(3, district);
      update.setInt(4, order);
      try (ResultSet row = update.executeQuery()) {
        row.next();
        customer = row.getInt(1);
      }
    }
    try (PreparedStatement update =
        connection.prepareStatement(
            "update order_line set ol_delivery_d = now()"
                + " where ol_w_id = ? and ol_d_id = ? and ol_o_id = ?")) {
      update.setInt(1, warehouse);
      update.setInt(2, district);
      update.setInt(3, order);
      update.executeUpdate();
    }
    BigDecimal sum;
    try (PreparedStatement query =
        connection.prepareStatement(
            "select sum(ol_amount) from order_line"
                + " where ol_w_id = ? and ol_d_id = ? and ol_o_id = ?")) {
      query.setInt(1, warehouse);
      query.setInt(2, district);
      query.setInt(3, order);
      try (ResultSet row = query.executeQuery()) {
        row.next();
        sum = row.getBigDecimal(1);
      }
    }
    try (PreparedStatement update =
        connection.prepareStatement(
            "update customer set c_balance = c_balance + ?, c_delivery_cnt = c_delivery_cnt + 1"
                + " where c_w_id = ? and c_d_id = ? and c_id = ?")) {
      update.setBigDecimal(1, sum);
      update.setInt(2, warehouse);
      update.setInt(3, district);
      update.setInt(4, customer);
      update.executeUpdate();
    }
  }
}

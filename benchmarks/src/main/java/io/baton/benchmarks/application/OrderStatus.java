package io.baton.benchmarks.application;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** TPC-C, clause 2.6: the last order of a customer, with its lines. It only reads. */
final class OrderStatus {

  private OrderStatus() {}

  static void run(Connection connection, TpccChoice choice) throws SQLException {
    int warehouse = choice.warehouse();
    int district = choice.district();
    int customer = Customer.chosen(connection, choice, warehouse, district);
    int order = 0;
    try (PreparedStatement query =
        connection.prepareStatement(
            "select o_id, o_entry_d, o_carrier_id from orders"
                + " where o_w_id = ? and o_d_id = ? and o_c_id = ? order by o_id desc limit 1")) {
      query.setInt(1, warehouse);
      query.setInt(2, district);
      query.setInt(3, customer);
      try (ResultSet row = query.executeQuery()) {
        if (row.next()) {
          order = row.getInt(1);
          row.getTimestamp(2);
          row.getInt(3);
        }
      }
    }
    try (PreparedStatement query =
        connection.prepareStatement(
            "select ol_i_id, ol_supply_w_id, ol_quantity, ol_amount, ol_delivery_d from order_line"
                + " where ol_w_id = ? and ol_d_id = ? and ol_o_id = ?")) {
      query.setInt(1, warehouse);
      query.setInt(2, district);
      query.setInt(3, order);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          rows.getInt(1);
          rows.getInt(2);
          rows.getInt(3);
          rows.getBigDecimal(4);
          rows.getTimestamp(5);
        }
      }
    }
    connection.commit();
  }
}

package io.baton.benchmarks.application;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** TPC-C, clause 2.8: how many items of the last 20 orders run low. It only reads. */
final class StockLevel {

  private StockLevel() {}

  static void run(Connection connection, TpccChoice choice) throws SQLException {
    int warehouse = choice.warehouse();
    int district = choice.district();
    int next;
    try (PreparedStatement query =
        connection.prepareStatement(
            "select d_next_o_id from district where d_w_id = ? and d_id = ?")) {
      query.setInt(1, warehouse);
      query.setInt(2, district);
      try (ResultSet row = query.executeQuery()) {
        row.next();
        next = row.getInt(1);
      }
    }
    try (PreparedStatement query =
        connection.prepareStatement(
            "select count(distinct s_i_id) from order_line, stock where ol_w_id = ?"
                + " and ol_d_id = ? and ol_o_id < ? and ol_o_id >= ? and s_w_id = ol_w_id"
                + " and s_i_id = ol_i_id and s_quantity < ?")) {
      query.setInt(1, warehouse);
      query.setInt(2, district);
      query.setInt(3, next);
      query.setInt(4, next - 20);
      query.setInt(5, choice.within(10, 20));
      try (ResultSet row = query.executeQuery()) {
        row.next();
        row.getInt(1);
      }
    }
    connection.commit();
  }
}

package io.baton.benchmarks.application;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Which customer a terminal means: by number, or in six of ten cases by name. */
final class Customer {

  private Customer() {}

  /** The number of the customer; of several of a name the one in the middle (clause 2.5.2.2). */
  static int chosen(Connection connection, TpccChoice choice, int warehouse, int district)
      throws SQLException {
    if (choice.within(1, 100) > 60) {
      return choice.customer();
    }
    List<Integer> named = new ArrayList<>();
    try (PreparedStatement query =
        connection.prepareStatement(
            "select c_id from customer where c_w_id = ? and c_d_id = ? and c_last = ?"
                + " order by c_first")) {
      query.setInt(1, warehouse);
      query.setInt(2, district);
      query.setString(3, choice.lastName());
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          named.add(rows.getInt(1));
        }
      }
    }
    return named.isEmpty() ? choice.customer() : named.get((named.size() - 1) / 2);
  }
}

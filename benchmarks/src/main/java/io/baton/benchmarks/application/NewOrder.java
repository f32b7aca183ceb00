package io.baton.benchmarks.application;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** TPC-C, clause 2.4: an order of five to fifteen items; one in a hundred is rolled back. */
final class NewOrder {

  private static final int FEWEST = 5;
  private static final int MOST = 15;
  private static final int LOW = 10;
  private static final int REFILL = 91;

  private NewOrder() {}

  static void run(Connection connection, TpccChoice choice) throws SQLException {
    int warehouse = choice.warehouse();
    int district = choice.district();
    int customer = choice.customer();
    int lines = choice.within(FEWEST, MOST);
    boolean isMistaken = choice.inOneOf(100);
    int[] items = new int[lines];
    for (int line = 0; line < lines; line++) {
      items[line] = choice.item();
    }
    Arrays.sort(items); // So that no two orders wait for each other.
    readHead(connection, warehouse, district, customer);
    int order = takeNumber(connection, warehouse, district);
    insertHead(connection, warehouse, district, customer, order, lines);
    for (int line = 0; line < lines; line++) {
      boolean isUnknown = isMistaken && line == lines - 1;
      BigDecimal price = price(connection, isUnknown ? -1 : items[line]);
      if (price == null) {
        connection.rollback();
        return;
      }
      int supplier = choice.inOneOf(100) ? choice.otherThan(warehouse) : warehouse;
      int quantity = choice.within(1, 10);
      String info = takeFromStock(connection, supplier, items[line], quantity, warehouse);
      try (PreparedStatement insert =
          connection.prepareStatement(
              "insert into order_line (ol_w_id, ol_d_id, ol_o_id, ol_number, ol_i_id,"
                  + " ol_supply_w_id, ol_delivery_d, ol_quantity, ol_amount, ol_dist_info)"
                  + " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
        insert.setInt(1, warehouse);
        insert.setInt(2, district);
        insert.setInt(3, order);
        insert.setInt(4, line + 1);
        insert.setInt(5, items[line]);
        insert.setInt(6, supplier);
        insert.setNull(7, Types.TIMESTAMP);
        insert.setInt(8, quantity);
        insert.setBigDecimal(9, price.multiply(BigDecimal.valueOf(quantity)));
        insert.setString(10, info);
        insert.executeUpdate();
      }
    }
    connection.commit();
  }

  private static void readHead(Connection connection, int warehouse, int district, int customer)
      throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "select c_discount, c_last, c_credit, w_tax from customer, warehouse"
                + " where w_id = ? and c_w_id = w_id and c_d_id = ? and c_id = ?")) {
      query.setInt(1, warehouse);
      query.setInt(2, district);
      query.setInt(3, customer);
      try (ResultSet row = query.executeQuery()) {
        row.next();
        row.getBigDecimal(1);
        row.getString(2);
        row.getString(3);
        row.getBigDecimal(4);
      }
    }
  }

  private static int takeNumber(Connection connection, int warehouse, int district)
      throws SQLException {
    int order;
    try (PreparedStatement query =
        connection.prepareStatement(
            "select d_next_o_id, d_tax from district where d_w_id = ? and d_id = ? for update")) {
      query.setInt(1, warehouse);
      query.setInt(2, district);
      try (ResultSet row = query.executeQuery()) {
        row.next();
        order = row.getInt(1);
        row.getBigDecimal(2);
      }
    }
    try (PreparedStatement update =
        connection.prepareStatement(
            "update district set d_next_o_id = ? where d_w_id = ? and d_id = ?")) {
      update.setInt(1, order + 1);
      update.setInt(2, warehouse);
      update.setInt(3, district);
      update.executeUpdate();
    }
    return order;
  }

  private static void insertHead(
      Connection connection, int warehouse, int district, int customer, int order, int lines)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "insert into orders (o_w_id, o_d_id, o_id, o_c_id, o_entry_d, o_ol_cnt, o_all_local)"
                + " values (?, ?, ?, ?, now(), ?, 1)")) {
      insert.setInt(1, warehouse);
      insert.setInt(2, district);
      insert.setInt(3, order);
      insert.setInt(4, customer);
      insert.setInt(5, lines);
      insert.executeUpdate();
    }
    try (PreparedStatement insert =
        connection.prepareStatement(
            "insert into new_order (no_w_id, no_d_id, no_o_id) values (?, ?, ?)")) {
      insert.setInt(1, warehouse);
      insert.setInt(2, district);
      insert.setInt(3, order);
      insert.executeUpdate();
    }
  }

  /** Null if there is no such item. */
  private static @Nullable BigDecimal price(Connection connection, int item) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement("select i_price, i_name, i_data from item where i_id = ?")) {
      query.setInt(1, item);
      try (ResultSet row = query.executeQuery()) {
        if (!row.next()) {
          return null;
        }
        row.getString(2);
        row.getString(3);
        return row.getBigDecimal(1);
      }
    }
  }

  private static String takeFromStock(
      Connection connection, int supplier, int item, int quantity, int warehouse)
      throws SQLException {
    int left;
    String info;
    try (PreparedStatement query =
        connection.prepareStatement(
            "select s_quantity, s_data, s_dist from stock where s_w_id = ? and s_i_id = ?"
                + " for update")) {
      query.setInt(1, supplier);
      query.setInt(2, item);
      try (ResultSet row = query.executeQuery()) {
        row.next();
        left = row.getInt(1) - quantity;
        row.getString(2);
        info = row.getString(3);
      }
    }
    try (PreparedStatement update =
        connection.prepareStatement(
            "update stock set s_quantity = ?, s_ytd = s_ytd + ?, s_order_cnt = s_order_cnt + 1,"
                + " s_remote_cnt = s_remote_cnt + ? where s_w_id = ? and s_i_id = ?")) {
      update.setInt(1, left < LOW ? left + REFILL : left);
      update.setInt(2, quantity);
      update.setInt(3, supplier == warehouse ? 0 : 1);
      update.setInt(4, supplier);
      update.setInt(5, item);
      update.executeUpdate();
    }
    return info;
  }
}

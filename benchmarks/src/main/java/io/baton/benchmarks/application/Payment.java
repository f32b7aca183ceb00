package io.baton.benchmarks.application;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** TPC-C, clause 2.5: a customer pays. */
final class Payment {

  private static final int LONGEST_DATA = 500;

  private Payment() {}

  static void run(Connection connection, TpccChoice choice) throws SQLException {
    int warehouse = choice.warehouse();
    int district = choice.district();
    BigDecimal amount = BigDecimal.valueOf(choice.within(100, 500_000), 2);
    boolean isLocal = choice.within(1, 100) <= 85;
    int ofWarehouse = isLocal ? warehouse : choice.otherThan(warehouse);
    int ofDistrict = isLocal ? district : choice.district();
    String name =
        entered(
                connection,
                "update warehouse set w_ytd = w_ytd + ? where w_id = ? returning w_name",
                amount,
                warehouse)
            + "    "
            + entered(
                connection,
                "update district set d_ytd = d_ytd + ? where d_w_id = ? and d_id = ?"
                    + " returning d_name",
                amount,
                warehouse,
                district);
    int customer = Customer.chosen(connection, choice, ofWarehouse, ofDistrict);
    pay(connection, ofWarehouse, ofDistrict, customer, amount, district, warehouse);
    try (PreparedStatement note =
        connection.prepareStatement(
            "insert into history (h_c_id, h_c_d_id, h_c_w_id, h_d_id, h_w_id, h_date, h_amount,"
                + " h_data) values (?, ?, ?, ?, ?, now(), ?, ?)")) {
      note.setInt(1, customer);
      note.setInt(2, ofDistrict);
      note.setInt(3, ofWarehouse);
      note.setInt(4, district);
      note.setInt(5, warehouse);
      note.setBigDecimal(6, amount);
      note.setString(7, name);
      note.executeUpdate();
    }
    connection.commit();
  }

  private static String entered(Connection connection, String sql, BigDecimal amount, int... key)
      throws SQLException {
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      update.setBigDecimal(1, amount);
      for (int i = 0; i < key.length; i++) {
        update.setInt(i + 2, key[i]);
      }
      try (ResultSet row = update.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    }
  }

  private static void pay(
      Connection connection,
      int ofWarehouse,
      int ofDistrict,
      int customer,
      BigDecimal amount,
      int district,
      int warehouse)
      throws SQLException {
    String credit;
    String data;
    try (PreparedStatement query =
        connection.prepareStatement(
            "select c_first, c_middle, c_last, c_credit, c_discount, c_balance, c_since, c_data"
                + " from customer where c_w_id = ? and c_d_id = ? and c_id = ? for update")) {
      query.setInt(1, ofWarehouse);
      query.setInt(2, ofDistrict);
      query.setInt(3, customer);
      try (ResultSet row = query.executeQuery()) {
        row.next();
        row.getString(1);
        row.getString(2);
        row.getString(3);
        credit = row.getString(4);
        row.getBigDecimal(5);
        row.getBigDecimal(6);
        row.getTimestamp(7);
        data = row.getString(8);
      }
    }
    if (credit.equals("BC")) {
      String more =
          customer
              + " "
              + ofDistrict
              + " "
              + ofWarehouse
              + " "
              + district
              + " "
              + warehouse
              + " "
              + amount
              + " | "
              + data;
      data = more.length() > LONGEST_DATA ? more.substring(0, LONGEST_DATA) : more;
    }
    try (PreparedStatement update =
        connection.prepareStatement(
            "update customer set c_balance = c_balance - ?, c_ytd_payment = c_ytd_payment + ?,"
                + " c_payment_cnt = c_payment_cnt + 1, c_data = ?"
                + " where c_w_id = ? and c_d_id = ? and c_id = ?")) {
      update.setBigDecimal(1, amount);
      update.setBigDecimal(2, amount);
      update.setString(3, data);
      update.setInt(4, ofWarehouse);
      update.setInt(5, ofDistrict);
      update.setInt(6, customer);
      update.executeUpdate();
    }
  }
}

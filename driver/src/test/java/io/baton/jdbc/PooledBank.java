package io.baton.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/** Transfers by plain JDBC, on connections of a HikariCP pool. */
final class PooledBank implements Transfers.Bank {

  private final HikariDataSource pool = new HikariDataSource();

  PooledBank(String url, String user, String password) {
    this(url, user, password, Transfers.WORKERS);
  }

  PooledBank(String url, String user, String password, int connections) {
    pool.setJdbcUrl(url);
    pool.setUsername(user);
    pool.setPassword(password);
    pool.setMaximumPoolSize(connections);
    pool.setAutoCommit(false);
  }

  @Override
  public void transfer(long number, int source, int target, int amount) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      transfer(connection, number, source, target, amount);
    }
  }

  private static void transfer(
      Connection connection, long number, int source, int target, int amount) throws SQLException {
    Map<Integer, Integer> balances = new HashMap<>();
    try (PreparedStatement lock =
            connection.prepareStatement(
                "select id, balance from account where id in (?, ?) order by id for update");
        PreparedStatement insert =
            connection.prepareStatement(
                "insert into operation (number, source, target, amount) values (?, ?, ?, ?)");
        PreparedStatement update =
            connection.prepareStatement(
                "update account set balance = balance + ? where id = ? returning balance")) {
      lock.setInt(1, source);
      lock.setInt(2, target);
      try (ResultSet rows = lock.executeQuery()) {
        while (rows.next()) {
          balances.put(rows.getInt(1), rows.getInt(2));
        }
      }
      insert.setLong(1, number);
      insert.setInt(2, source);
      insert.setInt(3, target);
      insert.setInt(4, amount);
      assertThat(insert.executeUpdate()).isEqualTo(1);
      change(update, source, -amount, balances);
      change(update, target, amount, balances);
    }
    connection.commit();
  }

  private static void change(
      PreparedStatement update, int id, int amount, Map<Integer, Integer> balances)
      throws SQLException {
    update.setInt(1, amount);
    update.setInt(2, id);
    try (ResultSet rows = update.executeQuery()) {
      assertThat(rows.next()).isTrue();
      assertThat(rows.getInt(1)).isEqualTo(balances.getOrDefault(id, 0) + amount);
    }
  }

  @Override
  public void close() {
    pool.close();
  }
}

package io.baton.failover.cutover;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * One of the two databases of a rehearsal, in one transaction that only reads, until it is closed.
 *
 * <p>A rehearsal runs with the rights of an owner or a superuser among objects of others. So the
 * path of the transaction holds PostgreSQL's own objects only, and the queries qualify their names,
 * types and operators besides. The path, and the other settings, also have both sides write their
 * definitions in the same way.
 *
 * <p>Used by one thread.
 */
final class RehearsedDatabase implements AutoCloseable {

  private static final String BEGIN =
      """
      set transaction isolation level repeatable read, read only;
      set local search_path = pg_catalog, pg_temp;
      set local quote_all_identifiers = off;
      set local timezone = 'UTC';
      set local datestyle = 'ISO';
      set local intervalstyle = 'postgres';
      set local lock_timeout = '5s'\
      """;

  /** Something in a database, with what it belongs to, which is empty if that is nothing. */
  record Item(String parent, String name, String definition) {}

  private final Connection connection;

  private RehearsedDatabase(Connection connection) {
    this.connection = connection;
  }

  /**
   * Begins the transaction.
   *
   * @throws SQLException with 25001 if the connection is not in auto-commit mode
   */
  static RehearsedDatabase open(Connection connection) throws SQLException {
    if (!connection.getAutoCommit()) {
      throw new SQLException("A rehearsal needs connections in auto-commit mode", "25001");
    }
    RehearsedDatabase database = new RehearsedDatabase(connection);
    connection.setAutoCommit(false);
    try (Statement begin = connection.createStatement()) {
      begin.execute(BEGIN);
    } catch (SQLException failure) {
      try {
        database.close();
      } catch (SQLException closing) {
        failure.addSuppressed(closing);
      }
      throw failure;
    }
    return database;
  }

  /** The version as in {@code server_version_num}. */
  int version() throws SQLException {
    return (int) number("select pg_catalog.current_setting('server_version_num')::pg_catalog.int8");
  }

  long number(String sql) throws SQLException {
    try (Statement query = connection.createStatement();
        ResultSet row = query.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }

  boolean isTrue(String sql) throws SQLException {
    try (Statement query = connection.createStatement();
        ResultSet row = query.executeQuery(sql)) {
      return row.next() && row.getBoolean(1);
    }
  }

  /** The first column. */
  List<String> names(String sql) throws SQLException {
    List<String> names = new ArrayList<>();
    try (Statement query = connection.createStatement();
        ResultSet rows = query.executeQuery(sql)) {
      while (rows.next()) {
        names.add(rows.getString(1));
      }
    }
    return names;
  }

  /** The first column of a query with one parameter, an array. */
  List<String> names(String sql, List<String> parameter) throws SQLException {
    List<String> names = new ArrayList<>();
    try (PreparedStatement query = connection.prepareStatement(sql)) {
      query.setArray(1, connection.createArrayOf("text", parameter.toArray()));
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          names.add(rows.getString(1));
        }
      }
    }
    return names;
  }

  /** The rows of a query of three columns, and with one parameter, an array, if it has a mark. */
  List<Item> items(String sql, List<String> parameter) throws SQLException {
    List<Item> items = new ArrayList<>();
    try (PreparedStatement query = connection.prepareStatement(sql)) {
      if (sql.indexOf('?') >= 0) {
        query.setArray(1, connection.createArrayOf("text", parameter.toArray()));
      }
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          items.add(new Item(rows.getString(1), rows.getString(2), rows.getString(3)));
        }
      }
    }
    return items;
  }

  @Override
  public void close() throws SQLException {
    connection.rollback();
    connection.setAutoCommit(true);
  }
}

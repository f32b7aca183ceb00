package io.baton.examples.frameworks;

import io.baton.testkit.PostgresCluster;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/** What the tests ask of a cluster. */
final class Servers {

  /**
   * Which server answers; asked outside of transactions, since a replay would have to see it again.
   */
  static final String PORT = "select inet_server_port()";

  private Servers() {}

  /** The URL as an application has it: that of pgjdbc, with {@code baton:} in it. */
  static String url(PostgresCluster cluster) {
    return "jdbc:baton:postgresql://" + cluster.hosts() + "/" + cluster.database();
  }

  /** The same with the user and the password. */
  static String urlWithUser(PostgresCluster cluster) {
    return url(cluster) + "?user=" + cluster.user() + "&password=" + cluster.password();
  }

  static long ask(DataSource dataSource, String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      return ask(connection, sql);
    }
  }

  static long ask(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}

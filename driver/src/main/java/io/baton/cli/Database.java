package io.baton.cli;

import io.baton.BatonCutover;
import io.baton.jdbc.options.BatonUrl;
import io.baton.routing.topology.Endpoint;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.util.Map;
import java.util.Properties;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A database that a command works on: connections to its writer, without Baton between.
 *
 * <p>The URL may be that of the application; options of Baton in it have no effect. Where it has no
 * user or password, {@code PGUSER} and {@code PGPASSWORD} are taken, and then what pgjdbc does by
 * itself, {@code .pgpass} included.
 */
final class Database implements DataSource {

  private static final String PLAIN = "jdbc:postgresql:";
  private static final String BATON = "jdbc:baton:postgresql:";

  private final BatonUrl url;

  private Database(BatonUrl url) {
    this.url = url;
  }

  /**
   * The database that a parameter names.
   *
   * @throws UsageException if it is no URL; what is wrong is said without showing a secret
   */
  static Database of(Arguments arguments, Parameter parameter, Map<String, String> environment)
      throws UsageException {
    String text = arguments.required(parameter);
    if (!text.startsWith(PLAIN) && !text.startsWith(BATON)) {
      throw arguments.malformed(parameter, "a URL starts with " + PLAIN + "// or " + BATON + "//.");
    }
    Properties given = new Properties();
    Map.of("PGUSER", "user", "PGPASSWORD", "password")
        .forEach(
            (variable, property) -> {
              String value = environment.get(variable);
              if (value != null) {
                given.setProperty(property, value);
              }
            });
    try {
      String ofBaton = text.startsWith(PLAIN) ? BATON + text.substring(PLAIN.length()) : text;
      return new Database(BatonUrl.parse(ofBaton, given));
    } catch (SQLException malformed) {
      throw arguments.malformed(parameter, String.valueOf(malformed.getMessage()));
    }
  }

  /** Its servers, with commas between. */
  String hosts() {
    return url.endpoints().stream().map(Endpoint::toString).collect(Collectors.joining(","));
  }

  /**
   * A cut over to this database, at the hosts by which the applications reach it.
   *
   * @throws UsageException if those that were given are malformed
   */
  BatonCutover cutoverToHere(Arguments arguments) throws UsageException {
    try {
      return BatonCutover.to(arguments.optional(Parameter.TO).orElse(hosts()));
    } catch (IllegalArgumentException malformed) {
      throw arguments.malformed(Parameter.TO, String.valueOf(malformed.getMessage()));
    }
  }

  @Override
  public Connection getConnection() throws SQLException {
    SQLException first = null;
    for (Endpoint server : url.endpoints()) {
      try {
        Connection connection = DriverManager.getConnection(url.pgUrl(server), url.pgProperties());
        if (isWriter(connection)) {
          return connection;
        }
        connection.close();
        throw new SQLException(server + " is a standby", "25006");
      } catch (SQLException failure) {
        if (first == null) {
          first = new SQLException(failure.getMessage(), failure.getSQLState(), failure);
        } else {
          first.addSuppressed(failure);
        }
      }
    }
    throw first == null ? new SQLException("there is no server") : first;
  }

  private static boolean isWriter(Connection connection) throws SQLException {
    try (Statement query = connection.createStatement();
        ResultSet row = query.executeQuery("select not pg_catalog.pg_is_in_recovery()")) {
      row.next();
      return row.getBoolean(1);
    }
  }

  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    throw new SQLFeatureNotSupportedException("the user is that of the URL");
  }

  @Override
  public @Nullable PrintWriter getLogWriter() {
    return null;
  }

  @Override
  public void setLogWriter(PrintWriter out) throws SQLException {
    throw new SQLFeatureNotSupportedException("it logs nothing");
  }

  @Override
  public void setLoginTimeout(int seconds) throws SQLException {
    throw new SQLFeatureNotSupportedException("it is that of the URL");
  }

  @Override
  public int getLoginTimeout() {
    return 0;
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    throw new SQLFeatureNotSupportedException("it logs nothing");
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    throw new SQLException("it wraps nothing");
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return false;
  }
}

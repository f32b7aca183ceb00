package io.baton;

import io.baton.jdbc.ConnectionFactory;
import io.baton.jdbc.options.BatonUrl;
import io.baton.jdbc.options.PropertyDescriptions;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Properties;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The JDBC driver for URLs that start with {@code jdbc:baton:postgresql:}.
 *
 * <p>{@link DriverManager} finds it by itself; tools that ask for the name of a class get {@code
 * io.baton.BatonDriver}. It leaves {@code jdbc:postgresql:} to pgjdbc.
 *
 * <p>Stateless, hence safe for use by many threads.
 */
public final class BatonDriver implements Driver {

  static {
    try {
      DriverManager.registerDriver(new BatonDriver());
    } catch (SQLException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Makes a driver; {@link DriverManager} has one already. */
  public BatonDriver() {}

  /**
   * Opens a connection, or returns null for a URL that is not Baton's.
   *
   * @throws SQLException 22023 if the URL or an option is malformed or unknown; what else, see the
   *     reference of SQLStates
   */
  @Override
  public @Nullable Connection connect(String url, @Nullable Properties info) throws SQLException {
    return acceptsURL(url) ? ConnectionFactory.open(BatonUrl.parse(url, info)) : null;
  }

  /**
   * True for every URL that starts with {@code jdbc:baton:}, since no other driver can explain it.
   */
  @Override
  public boolean acceptsURL(@Nullable String url) throws SQLException {
    if (url == null) {
      throw new SQLException("The URL is null", "22023");
    }
    return BatonUrl.accepts(url);
  }

  /** The options of Baton, then the properties of pgjdbc, with the values they would have. */
  @Override
  public DriverPropertyInfo[] getPropertyInfo(String url, @Nullable Properties info) {
    return PropertyDescriptions.of(url, info).toArray(DriverPropertyInfo[]::new);
  }

  @Override
  public int getMajorVersion() {
    return BatonVersion.MAJOR;
  }

  @Override
  public int getMinorVersion() {
    return BatonVersion.MINOR;
  }

  /** False, as with pgjdbc: PostgreSQL lacks some of what SQL-92 demands. */
  @Override
  public boolean jdbcCompliant() {
    return false;
  }

  /**
   * Not supported, as JDBC prescribes for a driver that does not log by {@code java.util.logging}.
   */
  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    throw new SQLFeatureNotSupportedException("Baton logs through SLF4J", "0A000");
  }
}

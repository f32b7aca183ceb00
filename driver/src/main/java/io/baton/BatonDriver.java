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
 * <p>{@link DriverManager} finds it without registration; tools that require a class name take
 * {@code io.baton.BatonDriver}. URLs that start with {@code jdbc:postgresql:} are left to pgjdbc.
 *
 * <p>Stateless and thread-safe.
 */
public final class BatonDriver implements Driver {

  static {
    try {
      DriverManager.registerDriver(new BatonDriver());
    } catch (SQLException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Creates a driver; {@link DriverManager} has one already. */
  public BatonDriver() {}

  /**
   * Opens a connection, or returns null for a URL that is not Baton's.
   *
   * @throws SQLException 22023 if the URL or an option is malformed or unknown; for others, see the
   *     reference of SQLStates
   */
  @Override
  public @Nullable Connection connect(String url, @Nullable Properties info) throws SQLException {
    return acceptsURL(url) ? ConnectionFactory.open(BatonUrl.parse(url, info)) : null;
  }

  /**
   * Returns true for every URL that starts with {@code jdbc:baton:}, so that a malformed one is
   * refused with its reason.
   */
  @Override
  public boolean acceptsURL(@Nullable String url) throws SQLException {
    if (url == null) {
      throw new SQLException("The URL is null", "22023");
    }
    return BatonUrl.accepts(url);
  }

  /**
   * Returns the options of Baton, then the properties of pgjdbc, with the values they would have.
   */
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

  /** Returns false, as pgjdbc does: PostgreSQL lacks some features that SQL-92 requires. */
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

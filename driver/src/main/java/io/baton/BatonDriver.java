package io.baton;

import io.baton.engine.HeadStart;
import io.baton.jdbc.ConnectionFactory;
import io.baton.jdbc.options.BatonUrl;
import io.baton.jdbc.options.PropertyDescriptions;
import io.baton.jdbc.pgjdbc.DriverOrder;
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
 * {@code io.baton.BatonDriver}. URLs that start with {@code jdbc:postgresql:} are left to pgjdbc,
 * unless the system property {@code baton.acceptPostgresUrls} is {@code true} when this class is
 * loaded. Then they are Baton's, and {@link DriverManager} asks Baton before pgjdbc.
 *
 * <p>Stateless and thread-safe.
 */
public final class BatonDriver implements Driver {

  private static final String ACCEPT_POSTGRES_URLS = "baton.acceptPostgresUrls";
  private static final String BATON_SCHEME = "jdbc:baton:";
  private static final String POSTGRES_PREFIX = "jdbc:postgresql:";

  static {
    try {
      BatonDriver driver = new BatonDriver();
      if (driver.acceptsPostgresUrls) {
        DriverOrder.registerBeforePgjdbc(driver);
      } else {
        DriverManager.registerDriver(driver);
      }
    } catch (SQLException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final boolean acceptsPostgresUrls;

  /** Creates a driver; {@link DriverManager} has one already. */
  public BatonDriver() {
    this(Boolean.getBoolean(ACCEPT_POSTGRES_URLS));
  }

  BatonDriver(boolean acceptsPostgresUrls) {
    this.acceptsPostgresUrls = acceptsPostgresUrls;
  }

  /**
   * Opens a connection, or returns null for a URL that is not Baton's.
   *
   * @throws SQLException 22023 if the URL or an option is malformed or unknown; for others, see the
   *     reference of SQLStates
   */
  @Override
  public @Nullable Connection connect(String url, @Nullable Properties info) throws SQLException {
    if (!acceptsURL(url)) {
      return null;
    }
    HeadStart.take();
    return ConnectionFactory.open(BatonUrl.parse(ofBaton(url), info));
  }

  /**
   * Returns true for every URL that starts with {@code jdbc:baton:}, so that a malformed one is
   * refused with its reason, and for those of pgjdbc where {@code baton.acceptPostgresUrls} says
   * so.
   */
  @Override
  public boolean acceptsURL(@Nullable String url) throws SQLException {
    if (url == null) {
      throw new SQLException("The URL is null", "22023");
    }
    return BatonUrl.accepts(ofBaton(url));
  }

  /** Returns the URL as one of Baton, if it is one of pgjdbc and those are accepted, too. */
  private String ofBaton(String url) {
    return acceptsPostgresUrls && url.startsWith(POSTGRES_PREFIX)
        ? BATON_SCHEME + url.substring("jdbc:".length())
        : url;
  }

  /**
   * Returns the options of Baton, then the properties of pgjdbc, with the values they would have.
   */
  @Override
  public DriverPropertyInfo[] getPropertyInfo(String url, @Nullable Properties info) {
    return PropertyDescriptions.of(ofBaton(url), info).toArray(DriverPropertyInfo[]::new);
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

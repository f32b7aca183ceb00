package io.baton.jdbc.pgjdbc;

import io.baton.routing.monitor.Connector;
import io.baton.routing.monitor.ServerNotification;
import io.baton.routing.topology.Endpoint;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.function.Function;
import org.postgresql.Driver;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.PGProperty;
import org.postgresql.core.BaseConnection;

/**
 * Opens connections to single servers through the PostgreSQL driver, with the application's
 * credentials and TLS options, and with a bound on each step: nothing waits for a host that hangs.
 *
 * <p>Thread-safe.
 */
public final class PgConnector implements Connector {

  private static final String MONITOR_NAME = "Baton monitor";
  private static final int DEFAULT_CONNECT_SECONDS = 10;

  private static final Driver DRIVER = new Driver();

  private final Function<Endpoint, String> urls;
  private final Properties properties;
  private final Properties watched;
  private final int connectSeconds;
  private final int socketSeconds;

  /**
   * Makes a connector.
   *
   * @param urls the PostgreSQL driver's URL of one endpoint
   * @param properties its properties, which are copied
   */
  public PgConnector(Function<Endpoint, String> urls, Properties properties) {
    this.urls = urls;
    this.properties = copy(properties);
    // With it, the driver would open every connection on a thread of its own.
    PGProperty.LOGIN_TIMEOUT.set(this.properties, null);
    connectSeconds = seconds(PGProperty.CONNECT_TIMEOUT, DEFAULT_CONNECT_SECONDS);
    socketSeconds = seconds(PGProperty.SOCKET_TIMEOUT, 0);
    watched = copy(this.properties);
    WatchedSocketFactory.install(watched);
  }

  private int seconds(PGProperty property, int otherwise) {
    String text = property.getOrDefault(properties);
    try {
      return text == null ? otherwise : Integer.parseInt(text);
    } catch (NumberFormatException unreadable) {
      return otherwise; // The driver says so itself when it is asked to connect.
    }
  }

  /**
   * A connection for a session, not opened yet.
   *
   * @param timeout how long opening it may take, roughly kept
   */
  public Opening opening(Endpoint endpoint, Duration timeout) {
    return new Opening(
        () -> new PhysicalConnection(endpoint, connect(endpoint, timeout, copy(watched))));
  }

  @Override
  public Connection open(Endpoint endpoint, Duration timeout) throws SQLException {
    Properties monitoring = copy(properties);
    PGProperty.APPLICATION_NAME.set(monitoring, MONITOR_NAME);
    return connect(endpoint, timeout, monitoring);
  }

  private static Properties copy(Properties properties) {
    Properties copy = new Properties();
    copy.putAll(properties);
    return copy;
  }

  private BaseConnection connect(Endpoint endpoint, Duration timeout, Properties bounded)
      throws SQLException {
    int limit = (int) Math.max(1, Math.min(Integer.MAX_VALUE, timeout.plusMillis(999).toSeconds()));
    PGProperty.CONNECT_TIMEOUT.set(bounded, shorter(connectSeconds, limit));
    PGProperty.SOCKET_TIMEOUT.set(bounded, shorter(socketSeconds, limit));
    Connection opened = DRIVER.connect(urls.apply(endpoint), bounded);
    if (opened == null) {
      throw new SQLException("The PostgreSQL driver does not accept its own URL", "08001");
    }
    opened.setNetworkTimeout(Runnable::run, Math.multiplyExact(socketSeconds, 1000));
    return (BaseConnection) opened;
  }

  /** The shorter of two timeouts, of which the first is none if it is zero. */
  private static int shorter(int given, int limit) {
    return given == 0 ? limit : Math.min(given, limit);
  }

  @Override
  public List<ServerNotification> await(Connection connection, Duration timeout)
      throws SQLException {
    int millis = (int) Math.max(1, Math.min(Integer.MAX_VALUE, timeout.toMillis()));
    PGNotification[] received = connection.unwrap(PGConnection.class).getNotifications(millis);
    List<ServerNotification> notifications = new ArrayList<>();
    if (received != null) {
      for (PGNotification notification : received) {
        notifications.add(
            new ServerNotification(
                notification.getName(), notification.getParameter(), notification.getPID()));
      }
    }
    return notifications;
  }
}

package io.baton.jdbc.pgjdbc;

import io.baton.routing.monitor.ConnectionAttempt;
import io.baton.routing.monitor.Connector;
import io.baton.routing.monitor.ServerNotification;
import io.baton.routing.topology.Endpoint;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.PGProperty;
import org.postgresql.core.BaseConnection;

/**
 * Opens connections to single servers through the PostgreSQL driver, with the application's
 * credentials and TLS options, and with a time limit on each step.
 *
 * <p>Thread-safe.
 */
public final class PgConnector implements Connector {

  /** As whom, and to which database, a server is logged in to. */
  @FunctionalInterface
  public interface Login {

    /** Returns the PostgreSQL driver's URL of one endpoint. */
    String url(Endpoint endpoint);

    /** Returns the user there; null for that of the properties. */
    default @Nullable String user(Endpoint endpoint) {
      return null;
    }
  }

  private static final int DEFAULT_CONNECT_SECONDS = 10;

  private static final Driver DRIVER = new Driver();

  private final Login login;
  private final Properties properties;
  private final @Nullable SuppliedPassword password;
  private final Properties watched;
  private final Properties monitoring;

  /** Null if threads of our own open connections. */
  private final @Nullable ConnectExecutor executor;

  private final int connectSeconds;
  private final int socketSeconds;

  /**
   * Creates a connector.
   *
   * @param login the PostgreSQL driver's URL of one endpoint, and the user there
   * @param properties its properties, which are copied
   * @param password what supplies the password; null if it is among the properties
   */
  public PgConnector(Login login, Properties properties, @Nullable SuppliedPassword password) {
    this.password = password;
    this.login = login;
    this.properties = copy(properties);
    this.executor = ConnectExecutor.of(properties);
    // With a loginTimeout, the driver would open every connection on a thread of its own. It is set
    // to zero, since driverconfig.properties on the class path may set one.
    PGProperty.LOGIN_TIMEOUT.set(this.properties, 0);
    connectSeconds = seconds(PGProperty.CONNECT_TIMEOUT, DEFAULT_CONNECT_SECONDS);
    socketSeconds = seconds(PGProperty.SOCKET_TIMEOUT, 0);
    watched = copy(this.properties);
    WatchedSocketFactory.install(watched);
    monitoring = MonitoringProperties.of(watched);
  }

  private int seconds(PGProperty property, int otherwise) {
    String text = property.getOrDefault(properties);
    try {
      return text == null ? otherwise : Integer.parseInt(text);
    } catch (NumberFormatException unreadable) {
      return otherwise; // The driver throws its own error when it connects.
    }
  }

  /**
   * Has the classes of the PostgreSQL driver loaded that a connection needs; reaches no server.
   *
   * @throws SQLException if the driver refuses
   */
  public static void loadAhead() throws SQLException {
    if (WatchedSocketFactory.isReached()) {
      OfflineConnection.openAhead();
    }
  }

  /** Returns the opening of a connection for a session, not begun yet. */
  public Opening opening(Endpoint endpoint) {
    Properties own = at(endpoint, watched);
    Opening.Attempt attempt = attempt(endpoint, own);
    return new Opening(
        endpoint, question(endpoint, own), executor == null ? attempt : executor.running(attempt));
  }

  private @Nullable PasswordRequest question(Endpoint endpoint, Properties own) {
    return password == null ? null : new PasswordRequest(password, endpoint, own);
  }

  private Opening.Attempt attempt(Endpoint endpoint, Properties bounded) {
    return (sockets, timeout) -> {
      BaseConnection opened = connect(endpoint, timeout, bounded);
      return new PhysicalConnection(endpoint, opened, sockets, ResultLimit.of(opened, bounded));
    };
  }

  /**
   * Returns a connection without a server, for calls that the driver answers from memory while no
   * server answers. It is like a lost one, with the defaults that were set on it through {@link
   * PGConnection}. It uses no thread, port or look-up of a name. The caller has to repeat what
   * JDBC's setters set on the lost one.
   *
   * <p>The first call that needs a server ends it, as the loss of a server does: see {@link
   * PhysicalConnection#isSeveredBy}.
   *
   * @param lost a connection of this connector, which is severed
   * @return empty where the driver cannot find Baton's classes, as in a container that shares the
   *     PostgreSQL driver between applications
   * @throws SQLException if the driver refuses its properties
   */
  public Optional<PhysicalConnection> offline(PhysicalConnection lost) throws SQLException {
    if (!WatchedSocketFactory.isReached()) {
      return Optional.empty();
    }
    PhysicalConnection offline =
        lost.offline(
            login.url(lost.endpoint()), at(lost.endpoint(), properties), networkTimeoutMillis());
    return Optional.of(offline);
  }

  @Override
  public ConnectionAttempt attempt(Endpoint endpoint, Duration timeout) {
    Properties own = at(endpoint, monitoring);
    Opening opening = new Opening(endpoint, question(endpoint, own), attempt(endpoint, own));
    return new ConnectionAttempt() {
      @Override
      public Connection open() throws SQLException {
        opening.askPassword(longestConnect());
        return opening.open(timeout).connection();
      }

      @Override
      public void abort(String reason) {
        opening.abort(reason);
      }
    };
  }

  private Properties at(Endpoint endpoint, Properties properties) {
    Properties own = copy(properties);
    String user = login.user(endpoint);
    if (user != null) {
      PGProperty.USER.set(own, user);
    }
    return own;
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
    Connection opened = DRIVER.connect(login.url(endpoint), bounded);
    if (opened == null) {
      throw new SQLException("The PostgreSQL driver does not accept its own URL", "08001");
    }
    opened.setNetworkTimeout(Runnable::run, networkTimeoutMillis());
    return (BaseConnection) opened;
  }

  /**
   * Returns how long connecting may take by the option connectTimeout; a day if it sets no limit.
   */
  public Duration longestConnect() {
    return connectSeconds == 0 ? Duration.ofDays(1) : Duration.ofSeconds(connectSeconds);
  }

  /**
   * Returns how long a read from a server may take, by the option socketTimeout; zero for no limit.
   */
  public Duration socketTimeout() {
    return Duration.ofSeconds(socketSeconds);
  }

  private int networkTimeoutMillis() {
    return Math.multiplyExact(socketSeconds, 1000);
  }

  /** Returns the shorter of two timeouts; zero for the first means no limit. */
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

  @Override
  public OptionalInt backendProcessId(Connection connection) throws SQLException {
    return OptionalInt.of(connection.unwrap(PGConnection.class).getBackendPID());
  }

  /**
   * Returns whether a login that was refused may be accepted later, with another password: it is
   * asked for anew for each connection, by a supplier, a plugin or from the password file. One that
   * was given once stays what it is.
   */
  public boolean mayHaveAnotherSecret(SQLException refused) {
    boolean isGivenOnce =
        password == null
            && PGProperty.PASSWORD.getOrDefault(properties) != null
            && PGProperty.AUTHENTICATION_PLUGIN_CLASS_NAME.getOrDefault(properties) == null;
    return !isGivenOnce && PgErrors.isOfSecret(refused);
  }

  @Override
  public Object credentials() {
    return new Secret(password == null ? PGProperty.PASSWORD.getOrDefault(properties) : password);
  }

  /** A password, or what supplies it, that can be compared, and is not shown. */
  private static final class Secret {

    private final @Nullable Object source;

    Secret(@Nullable Object source) {
      this.source = source;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Secret secret && Objects.equals(source, secret.source);
    }

    @Override
    public int hashCode() {
      return Objects.hashCode(source);
    }

    @Override
    public String toString() {
      return "credentials";
    }
  }
}

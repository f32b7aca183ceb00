package io.baton.jdbc.pgjdbc;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.PGProperty;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TypeInfo;
import org.postgresql.jdbc.PgConnection;
import org.postgresql.util.HostSpec;
import org.postgresql.util.PGobject;

/**
 * Creates connections of the PostgreSQL driver that are open and have no server. A call that the
 * driver answers from memory works on them while no server answers, such as {@code
 * createStatement}, {@code getMetaData}, or a setter of a parameter. On a closed connection the
 * driver refuses such calls.
 *
 * <p>The driver runs the start-up of its protocol with a {@link StartUpSocket}, which sends what
 * the lost server reported last: its version, encoding, time zone and all other reported
 * parameters. The driver needs no more for these calls. Whatever it sends after that fails with an
 * I/O error, which ends the connection as the loss of a server does.
 *
 * <p>See "Message Flow", section "Start-up", of the PostgreSQL documentation.
 */
final class OfflineConnection {

  /** No host: the driver remembers for each host whether it was reached, and here none was. */
  private static final HostSpec NO_HOST = new HostSpec("offline", 0);

  /**
   * Nothing is encrypted, and the driver sends nothing of its own accord, when it opens the
   * connection or later. By name: older versions of the driver do not know all of them.
   */
  private static final Map<String, String> OPTIONS =
      Map.of(
          "sslmode", "disable",
          "gssEncMode", "disable",
          "channelBinding", "disable",
          "targetServerType", "any",
          "readOnlyMode", "transaction",
          "assumeMinServerVersion", "9.4");

  private static final List<String> OPTIONS_NOT_GIVEN =
      List.of(
          "sslNegotiation",
          "requireAuth",
          "authenticationPluginClassName",
          "protocolVersion",
          "readOnly",
          "logUnclosedConnections");

  /** What any server reports, as far as the driver wants to know. */
  private static final Map<String, String> REPORTED =
      Map.of(
          "server_version", "14.0",
          "DateStyle", "ISO",
          "client_encoding", "UTF8",
          "integer_datetimes", "on",
          "standard_conforming_strings", "on");

  private static final String OPTION_OF_DATA_TYPE = "datatype.";

  private static final String ENCODING = "client_encoding";
  private static final String DATE_STYLE = "DateStyle";
  private static final String READ_ENCODING = "UTF8";
  private static final String READ_DATE_STYLE = "ISO";

  private OfflineConnection() {}

  /**
   * Opens an offline connection with the parameters of a lost one.
   *
   * @param url that of the lost connection
   * @param properties likewise
   * @throws SQLException if the driver refuses its properties
   */
  static BaseConnection like(BaseConnection lost, String url, Properties properties)
      throws SQLException {
    BaseConnection connection =
        opened(lost.getParameterStatuses(), lost.getBackendPID(), url, properties);
    registerTypes(lost, connection, properties);
    return connection;
  }

  /**
   * Opens an offline connection that is like none, and is of no use but to have the driver's
   * classes loaded.
   *
   * @throws SQLException if the driver refuses
   */
  static void openAhead() throws SQLException {
    Properties properties = new Properties();
    PGProperty.USER.set(properties, "nobody");
    opened(REPORTED, 0, "jdbc:postgresql://offline/", properties).close();
  }

  private static BaseConnection opened(
      Map<String, String> reported, int backend, String url, Properties properties)
      throws SQLException {
    // With a password, the driver does not look for one in files.
    PGProperty.PASSWORD.set(properties, "");
    Properties offline = Driver.parseURL(url, properties);
    if (offline == null) {
      throw new SQLException("The PostgreSQL driver does not accept its own URL", "08001");
    }
    offline.stringPropertyNames().stream()
        .filter(name -> name.startsWith(OPTION_OF_DATA_TYPE))
        .forEach(offline::remove);
    PGProperty.SOCKET_FACTORY.set(offline, OfflineSocketFactory.class.getName());
    PGProperty.SOCKET_FACTORY_ARG.set(offline, answer(reported, backend, offline));
    offline.putAll(OPTIONS);
    OPTIONS_NOT_GIVEN.forEach(offline::remove);
    return new PgConnection(new HostSpec[] {NO_HOST}, offline, url);
  }

  /**
   * Registers the classes that the options of the driver name for types. The driver asks the server
   * for such a type when it registers it, so they are copied from the lost connection.
   */
  private static void registerTypes(
      BaseConnection lost, BaseConnection connection, Properties properties) throws SQLException {
    TypeInfo known = lost.getTypeInfo();
    for (String name : properties.stringPropertyNames()) {
      if (name.startsWith(OPTION_OF_DATA_TYPE)) {
        String type = name.substring(OPTION_OF_DATA_TYPE.length());
        Class<? extends PGobject> registered = known.getPGobject(type);
        if (registered != null) {
          connection.getTypeInfo().addDataType(type, registered);
        }
      }
    }
  }

  /** Returns the messages of a server that asks for no password and reports what is given. */
  private static String answer(Map<String, String> reported, int backend, Properties offline) {
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    try (DataOutputStream messages = new DataOutputStream(answer)) {
      messages.writeByte('R'); // AuthenticationOk
      messages.writeInt(8);
      messages.writeInt(0);
      String encoding = null;
      for (Map.Entry<String, String> parameter : reported.entrySet()) {
        if (parameter.getKey().equalsIgnoreCase(ENCODING)) {
          encoding = parameter.getValue();
        } else {
          report(messages, parameter.getKey(), readable(parameter.getKey(), parameter.getValue()));
        }
      }
      // The last one: the driver reads all that follows in this encoding.
      report(messages, ENCODING, readable(encoding, offline));
      messages.writeByte('K'); // BackendKeyData
      messages.writeInt(12);
      messages.writeInt(backend);
      messages.writeInt(0);
      messages.writeByte('Z'); // ReadyForQuery, in no transaction
      messages.writeInt(5);
      messages.writeByte('I');
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return answer.toString(StandardCharsets.ISO_8859_1);
  }

  /** Writes a ParameterStatus message. */
  private static void report(DataOutputStream messages, String name, String value)
      throws IOException {
    byte[] body = (name + '\0' + value + '\0').getBytes(StandardCharsets.UTF_8);
    messages.writeByte('S');
    messages.writeInt(4 + body.length);
    messages.write(body);
  }

  /**
   * Returns a date style that the driver can read; it closes a connection that reports another one.
   */
  private static String readable(String name, String value) {
    boolean unreadable =
        name.equalsIgnoreCase(DATE_STYLE)
            && !value.toUpperCase(Locale.ROOT).startsWith(READ_DATE_STYLE);
    return unreadable ? READ_DATE_STYLE : value;
  }

  /** Returns an encoding that the driver accepts, unless it is configured to accept any. */
  private static String readable(@Nullable String encoding, Properties offline) {
    return encoding == null || !PGProperty.ALLOW_ENCODING_CHANGES.getBoolean(offline)
        ? READ_ENCODING
        : encoding;
  }
}

package io.baton.jdbc.pgjdbc;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.DriverPropertyInfo;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.postgresql.Driver;
import org.postgresql.PGProperty;
import org.postgresql.util.PGPropertyUtil;

/**
 * Parses a URL and properties as pgjdbc does. Service files, defaults and precedence are pgjdbc's,
 * so that a URL that works with {@code jdbc:postgresql:} works the same way through Baton.
 *
 * <p>The precedence, first wins: the URL, the properties given with it, the service file, {@code
 * org/postgresql/driverconfig.properties} on the class path, the defaults.
 */
public final class PgUrl {

  /** The names of the properties that hold the hosts, their ports, and the database. */
  public static final String HOST = PGProperty.PG_HOST.getName();

  /** See {@link #HOST}. */
  public static final String PORT = PGProperty.PG_PORT.getName();

  /** See {@link #HOST}. */
  public static final String DATABASE = PGProperty.PG_DBNAME.getName();

  private static final String NOT_GIVEN = "not given";

  private PgUrl() {}

  /**
   * The settings of a URL together with the properties given with it; empty if pgjdbc accepts them
   * not, which it logs with the whole URL in it.
   *
   * <p>What is given nowhere is left out. pgjdbc would name the database after the user here, which
   * may yet be another, and look the password up in the password file: for all hosts as one name,
   * though it does that again, host by host, for each connection.
   */
  public static Optional<Properties> parse(String pgUrl, Properties given) {
    return parse(pgUrl, given, DriverDefaults.copy());
  }

  /** The settings that the URL itself makes, no others but the defaults of host and port. */
  public static Optional<Properties> parseAlone(String pgUrl) {
    return parse(pgUrl, new Properties(), new Properties());
  }

  private static Optional<Properties> parse(String pgUrl, Properties given, Properties defaults) {
    // What stands among the defaults is not filled in by pgjdbc.
    List<String> notFilledIn = List.of(DATABASE, PGProperty.PASSWORD.getName());
    for (String name : notFilledIn) {
      defaults.putIfAbsent(name, NOT_GIVEN);
    }
    Properties all = new Properties(defaults);
    for (String name : given.stringPropertyNames()) {
      all.setProperty(name, given.getProperty(name));
    }
    Properties parsed = Driver.parseURL(pgUrl, all);
    if (parsed == null) {
      return Optional.empty();
    }
    for (String name : notFilledIn) {
      parsed.remove(name, NOT_GIVEN);
    }
    return Optional.of(parsed);
  }

  /** True for the name of a property that pgjdbc knows. */
  public static boolean isProperty(String name) {
    return PGProperty.forName(name) != null;
  }

  /** The name of the application among properties. */
  public static String applicationName(Properties properties) {
    String name = PGProperty.APPLICATION_NAME.getOrDefault(properties);
    return name == null ? "" : name;
  }

  /**
   * What the driver asks for at the beginning of a connection with these properties, as a text to
   * be compared. It sends the name of the application then only where it need not ask for the
   * version of the server first.
   */
  public static String startup(Properties properties) {
    String assumed = PGProperty.ASSUME_MIN_SERVER_VERSION.getOrDefault(properties);
    return Arrays.asList(
            PGProperty.USER.getOrDefault(properties),
            PGProperty.OPTIONS.getOrDefault(properties),
            PGProperty.CURRENT_SCHEMA.getOrDefault(properties),
            assumed,
            assumed == null ? null : applicationName(properties))
        .toString();
  }

  /** The property that a parameter of the URL sets: {@code host} sets {@code PGHOST}. */
  public static String propertyOfParameter(String parameter) {
    return PGPropertyUtil.translatePGServiceToPGProperty(parameter);
  }

  /** True if the service file has a section of this name that can be used. */
  public static boolean isService(String name) {
    return parseAlone(
            "jdbc:postgresql://?service=" + URLEncoder.encode(name, StandardCharsets.UTF_8))
        .isPresent();
  }

  /** The properties of pgjdbc, with their values where the URL or the properties give some. */
  public static List<DriverPropertyInfo> describe(String pgUrl, Properties given) {
    return List.of(new Driver().getPropertyInfo(pgUrl, given));
  }

  /**
   * The user of the operating system, and what the class path says; the first file on it wins. Read
   * once, as pgjdbc does.
   */
  private static final class DriverDefaults {

    private static final String FILES = "org/postgresql/driverconfig.properties";
    private static final Properties READ = read();

    static Properties copy() {
      Properties copy = new Properties();
      copy.putAll(READ);
      return copy;
    }

    private static Properties read() {
      Properties defaults = new Properties();
      String user = System.getProperty("user.name");
      if (user != null) {
        PGProperty.USER.set(defaults, user);
      }
      try {
        List<URL> files = Collections.list(Driver.class.getClassLoader().getResources(FILES));
        Collections.reverse(files);
        for (URL file : files) {
          try (InputStream content = file.openStream()) {
            defaults.load(content);
          }
        }
      } catch (IOException unreadable) {
        // pgjdbc reads the same files for its connections, and reports the one it cannot read.
      }
      return defaults;
    }
  }
}

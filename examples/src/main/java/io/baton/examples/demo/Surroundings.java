package io.baton.examples.demo;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.io.InputStream;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Driver;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Properties;

/**
 * Where and with what a run took place.
 *
 * @param when when it began, in UTC
 * @param machine operating system, architecture and processors
 * @param java the JVM
 * @param server the version of PostgreSQL
 * @param driver the driver under test and its version, with the one below it
 * @param pool the pool and its version
 * @param url the application's URL, which holds no password
 */
record Surroundings(
    String when,
    String machine,
    String java,
    String server,
    String driver,
    String pool,
    String url) {

  static Surroundings of(Connection direct, Driver driver, String url) throws SQLException {
    DatabaseMetaData plain = direct.getMetaData();
    String pgjdbc = "pgjdbc " + plain.getDriverVersion();
    boolean isPlain = driver.getClass().getName().startsWith("org.postgresql.");
    return new Surroundings(
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        "%s %s, %s, %s"
            .formatted(
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                System.getProperty("os.arch"),
                Units.counted(Runtime.getRuntime().availableProcessors(), "processor")),
        System.getProperty("java.vm.name") + " " + Runtime.version(),
        "PostgreSQL " + plain.getDatabaseProductVersion(),
        isPlain
            ? pgjdbc
            : "Baton " + version(driver.getClass(), "io.baton/baton-driver") + " on " + pgjdbc,
        "HikariCP " + version(HikariDataSource.class, "com.zaxxer/HikariCP"),
        url);
  }

  /** What Maven has noted in the artifact's jar. */
  private static String version(Class<?> type, String artifact) {
    Properties noted = new Properties();
    try (InputStream stream =
        type.getResourceAsStream("/META-INF/maven/" + artifact + "/pom.properties")) {
      if (stream != null) {
        noted.load(stream);
      }
    } catch (IOException e) {
      return "(unreadable version)";
    }
    return noted.getProperty("version", "(from a folder of classes)");
  }
}

package io.baton.examples.demo;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

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

  static Surroundings of(Connection direct, java.sql.Driver driver, String url)
      throws SQLException {
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
        isPlain ? pgjdbc : "Baton " + version(driver.getClass()) + " on " + pgjdbc,
        "HikariCP " + version(com.zaxxer.hikari.HikariDataSource.class),
        url);
  }

  /** From the manifest of its jar; run from a folder of classes it has none. */
  private static String version(Class<?> type) {
    String version = type.getPackage().getImplementationVersion();
    return version == null ? "(version unknown)" : version;
  }
}

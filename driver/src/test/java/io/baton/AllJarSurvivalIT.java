package io.baton;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.PGProperty;
import org.slf4j.Logger;

/** An application in a JVM of its own, with three jars on its class path, outlives its primary. */
@PostgresTest(standbys = 2, synchronous = true)
class AllJarSurvivalIT {

  /** The version of pgjdbc that Baton is built with, and older ones that frameworks bring. */
  static List<String> pgjdbc() throws IOException {
    List<String> jars = new ArrayList<>();
    jars.add(jarOf(PGProperty.class));
    try (DirectoryStream<Path> older =
        Files.newDirectoryStream(Path.of("target/older"), "postgresql-*")) {
      older.forEach(jar -> jars.add(jar.toString()));
    }
    assertThat(jars).hasSize(3);
    return jars;
  }

  @ParameterizedTest
  @MethodSource("pgjdbc")
  @Timeout(120)
  void application_withThreeJars_goesOnAfterACrashOfThePrimary(
      String pgjdbc, PostgresCluster cluster, @TempDir Path folder)
      throws IOException, InterruptedException, SQLException {
    Path program = folder.resolve("SurvivingApplication.java");
    try (InputStream source =
        Objects.requireNonNull(getClass().getResourceAsStream("SurvivingApplication.java.txt"))) {
      Files.copy(source, program);
    }
    Process application =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                String.join(
                    File.pathSeparator,
                    System.getProperty("baton.all.jar"),
                    pgjdbc,
                    jarOf(Logger.class)),
                program.toString(),
                cluster.jdbcUrl("jdbc:baton:postgresql:"),
                cluster.user(),
                cluster.password())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader said = application.inputReader(StandardCharsets.UTF_8);
        OutputStream orders = application.getOutputStream()) {
      step(orders);
      assertThat(said.readLine()).isEqualTo("read 0");
      assertThat(said.readLine()).isEqualTo("wrote 1");

      cluster.failover();

      step(orders);
      assertThat(said.readLine()).isEqualTo("read 1");
      assertThat(said.readLine()).isEqualTo("wrote 2");
    } finally {
      application.waitFor(20, TimeUnit.SECONDS);
      application.destroyForcibly();
    }
    assertThat(application.exitValue()).isZero();
    try (Connection connection = cluster.primary().connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select string_agg(who, ' ') from line")) {
      rows.next();
      assertThat(rows.getString(1)).isEqualTo("me me");
    }
  }

  private static void step(OutputStream orders) throws IOException {
    orders.write('\n');
    orders.flush();
  }

  private static String jarOf(Class<?> type) {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath()).toString();
  }
}

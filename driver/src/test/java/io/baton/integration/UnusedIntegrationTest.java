package io.baton.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonDriver;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An application without frameworks. */
class UnusedIntegrationTest {

  /** Opens a connection to nowhere, as far as the driver goes. */
  static final class Application {
    public static void main(String[] arguments) {
      try {
        DriverManager.getConnection(
            "jdbc:baton:postgresql://127.0.0.1:1/none?baton.failoverTimeout=10ms", "app", "none");
      } catch (SQLException e) {
        System.out.println("refused with " + e.getSQLState());
      }
    }
  }

  @Test
  void plainApplication_loadsNoClassForFrameworks(@TempDir Path folder)
      throws IOException, InterruptedException {
    String classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !entry.matches(".*(spring|flyway|liquibase|hibernate|Hikari).*"))
            .collect(Collectors.joining(File.pathSeparator));
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-verbose:class",
                "-cp",
                classPath,
                Application.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(output)
        .content()
        .contains(BatonDriver.class.getName(), "refused with 08001")
        .doesNotContain(
            "io.baton.integration.flyway",
            "io.baton.integration.liquibase",
            "io.baton.integration.spring");
  }
}

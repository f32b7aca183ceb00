package io.baton;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The system property {@code baton.acceptPostgresUrls}. */
class PostgresUrlsTest {

  /** Prints which driver is found for a URL of pgjdbc. */
  static final class Application {
    public static void main(String[] arguments) throws SQLException {
      System.out.print(DriverManager.getDriver("jdbc:postgresql://h/db").getClass().getName());
    }
  }

  @ParameterizedTest
  @CsvSource({"true, io.baton.BatonDriver", "false, org.postgresql.Driver"})
  void driverManager_asksBatonFirst_whereItIsAskedTo(
      String accept, String driver, @TempDir Path folder) throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dbaton.acceptPostgresUrls=" + accept,
                "-cp",
                System.getProperty("java.class.path"),
                Application.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
      assertThat(output).content().isEqualTo(driver);
    } finally {
      process.destroyForcibly();
      Files.deleteIfExists(output);
    }
  }

  @Test
  void urlOfPgjdbc_whereAccepted_takesOptionsOfBaton() throws SQLException {
    BatonDriver driver = new BatonDriver(true);

    assertThat(driver.acceptsURL("jdbc:postgresql://h/db")).isTrue();
    assertThat(driver.acceptsURL("jdbc:mysql://h/db")).isFalse();
    assertThatThrownBy(
            () -> driver.connect("jdbc:postgresql://h/db?baton.replay=maybe", new Properties()))
        .hasMessageContaining("baton.replay=maybe");
  }
}

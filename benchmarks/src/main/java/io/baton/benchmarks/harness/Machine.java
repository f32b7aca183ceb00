package io.baton.benchmarks.harness;

import com.sun.management.OperatingSystemMXBean;
import io.baton.testkit.PostgresCluster;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;

/** The description of the machine and the versions, without which no figure means anything. */
public final class Machine {
  private Machine() {}

  /** What can be said without a server. */
  public static Map<String, String> describe() {
    Map<String, String> description = new LinkedHashMap<>();
    description.put("date", Instant.now().truncatedTo(ChronoUnit.MINUTES).toString());
    description.put("processor", processor());
    description.put(
        "processors of this run", Integer.toString(Runtime.getRuntime().availableProcessors()));
    description.put("memory", memory());
    description.put(
        "operating system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    description.put(
        "JVM", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
    description.put("pgjdbc", org.postgresql.util.DriverInfo.DRIVER_VERSION);
    description.put("AWS wrapper", software.amazon.jdbc.util.DriverInfo.DRIVER_VERSION);
    return description;
  }

  public static Map<String, String> describe(PostgresCluster cluster) throws SQLException {
    Map<String, String> description = describe();
    try (Connection connection = cluster.primary().connect();
        Statement statement = connection.createStatement();
        ResultSet version = statement.executeQuery("SELECT version()")) {
      version.next();
      description.put("server", version.getString(1));
    }
    return description;
  }

  private static String processor() {
    try {
      return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
  }

  private static String memory() {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return (system.getTotalMemorySize() >> 20) + " MiB";
  }
}

package io.baton.benchmarks.harness;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.OptionalInt;

/**
 * Runs the program again on one processor, with all processes that it starts, PostgreSQL's among
 * them.
 *
 * <p>Two processes that answer each other on two processors wake one another at a price that swings
 * with the weather of the machine: on one processor, a driver against itself is equal within one
 * part in a hundred.
 */
public final class Pinning {
  private static final String TASKSET = "taskset";
  private static final String ALLOWED = "Cpus_allowed_list:";

  private Pinning() {}

  /** Whether this JVM, and so everything it starts, has one processor only. */
  public static boolean isPinned() {
    return Runtime.getRuntime().availableProcessors() == 1;
  }

  /**
   * Runs this program once more, pinned, unless it is pinned or cannot be.
   *
   * @param arguments the arguments of this program's main class
   * @return the exit code of the other run; empty if this one is to go on
   */
  public static OptionalInt runPinned(Class<?> mainClass, List<String> arguments, int processor)
      throws IOException, InterruptedException {
    if (isPinned() || !isAvailable()) {
      return OptionalInt.empty();
    }
    return OptionalInt.of(
        new ChildJvm(mainClass)
            .under(TASKSET, "-c", Integer.toString(processor))
            .withPropertiesOfThis("baton.")
            .withPropertiesOfThis("org.slf4j.")
            .run(arguments));
  }

  /** Something that is done before anything is measured. */
  @FunctionalInterface
  public interface WarmUp {
    /** Does it. */
    void run() throws SQLException;
  }

  /**
   * Lets all threads of this JVM, its compiler's among them, use every processor while it warms up,
   * where the machine allows that; then they have again what they had. A compiler that shares its
   * processor with the client and the server takes minutes for what is done in seconds beside them.
   */
  public static void spread(WarmUp warmUp) throws IOException, InterruptedException, SQLException {
    Path status = Path.of("/proc/self/status");
    if (!isPinned() || !isAvailable() || !Files.isReadable(status)) {
      warmUp.run();
      return;
    }
    String own =
        Files.readAllLines(status).stream()
            .filter(line -> line.startsWith(ALLOWED))
            .map(line -> line.substring(ALLOWED.length()).strip())
            .findFirst()
            .orElseThrow();
    allow("0-" + (processorsOfMachine() - 1));
    try {
      warmUp.run();
    } finally {
      allow(own);
    }
  }

  private static long processorsOfMachine() throws IOException {
    return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
        .filter(line -> line.startsWith("processor"))
        .count();
  }

  private static void allow(String processors) throws IOException, InterruptedException {
    String pid = Long.toString(ProcessHandle.current().pid());
    new ProcessBuilder(TASKSET, "--all-tasks", "--cpu-list", "--pid", processors, pid)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  private static boolean isAvailable() {
    String path = System.getenv("PATH");
    if (path == null) {
      return false;
    }
    for (String folder : path.split(File.pathSeparator, -1)) {
      if (Files.isExecutable(Path.of(folder, TASKSET))) {
        return true;
      }
    }
    return false;
  }
}

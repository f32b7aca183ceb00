package io.baton.benchmarks.harness;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

package io.baton.testkit;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The machine's file system in memory, where it has one: servers that do not flush to disk need no
 * disk, and the thousand small files of a data folder are made there in a tenth of the time.
 */
final class MemoryFileSystem {
  /** A system property: {@code false} keeps data on disk. */
  static final String ALLOWED = "baton.testkit.memory";

  /** What two test runs of a dozen servers each fill together, with as much again to spare. */
  private static final long ROOM = 3L << 30;

  private static final Path FOLDER = Path.of("/dev/shm");
  private static final Path MEMORY = Path.of("/proc/meminfo");
  private static final String AVAILABLE = "MemAvailable:";

  private MemoryFileSystem() {}

  /** Its folder; empty if there is none, if it or the memory is too full, or if it is forbidden. */
  static Optional<Path> withRoom() {
    if (!Boolean.parseBoolean(System.getProperty(ALLOWED, "true"))) {
      return Optional.empty();
    }
    try {
      return hasRoom() ? Optional.of(FOLDER) : Optional.empty();
    } catch (IOException notThere) {
      return Optional.empty();
    }
  }

  private static boolean hasRoom() throws IOException {
    FileStore store = Files.getFileStore(FOLDER);
    return store.type().equals("tmpfs")
        && Files.isWritable(FOLDER)
        && store.getUsableSpace() >= ROOM
        && availableMemory() >= ROOM;
  }

  /** In bytes; a file system in memory may be promised more than there is. */
  private static long availableMemory() throws IOException {
    try (Stream<String> lines = Files.lines(MEMORY)) {
      return lines
          .filter(line -> line.startsWith(AVAILABLE))
          .map(line -> line.replaceAll("\\D", ""))
          .mapToLong(kibibytes -> Long.parseLong(kibibytes) << 10)
          .findFirst()
          .orElse(0);
    }
  }
}

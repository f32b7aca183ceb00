package io.baton.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The folder that holds all data of this JVM's embedded servers, and the promise that neither it
 * nor they outlive the JVM.
 *
 * <p>The promise is kept by a watchdog, a small {@code sh} process with a pipe from this JVM: when
 * the pipe closes, because the JVM ended in whatever way, it kills every process that works in the
 * folder and removes the folder. A JVM that ends in order waits for that. Clusters that are closed
 * remove their own part at once.
 *
 * <p>It lies in memory where there is room ({@link MemoryFileSystem}); the data of clusters that
 * are to flush to disk has a folder of its own, on disk.
 *
 * <p>Thread-safe; one of each kind for the JVM.
 */
final class RunFolder {
  private final Path base;
  private final Path folder;
  private final FileChannel portLocks;
  private final AtomicInteger clusters = new AtomicInteger();

  private RunFolder(Path base, Path folder, FileChannel portLocks) {
    this.portLocks = portLocks;
    this.base = base;
    this.folder = folder;
  }

  private static final class Holder {
    static final RunFolder INSTANCE = create(MemoryFileSystem.withRoom());
  }

  private static final class OnDisk {
    static final RunFolder INSTANCE = create(Optional.empty());
  }

  /** The folder for data that need not reach a disk. */
  static RunFolder get() {
    return Holder.INSTANCE;
  }

  /** The folder for data that is flushed to disk. */
  static RunFolder onDisk() {
    return OnDisk.INSTANCE;
  }

  /** The folder that this user's JVMs share, for what is kept: unpacked binaries and locks. */
  Path base() {
    return base;
  }

  /** The folder of this JVM alone. */
  Path folder() {
    return folder;
  }

  /** Ports for one cluster, none yet. */
  LoopbackPorts newPorts() {
    return new LoopbackPorts(portLocks);
  }

  /** A new, empty folder for one cluster. */
  FileTree newClusterFolder() {
    return FileTree.createPrivate(folder.resolve("cluster-" + clusters.incrementAndGet()));
  }

  private static RunFolder create(Optional<Path> inMemory) {
    String name = "baton-testkit-" + System.getProperty("user.name");
    Path base = Path.of(System.getProperty("java.io.tmpdir"), name);
    try {
      if (!Files.isDirectory(base, LinkOption.NOFOLLOW_LINKS)) {
        FileTree.createPrivate(base);
      }
      Path probe = Files.createTempFile(base, "owner", ".probe");
      boolean ours = Files.getOwner(base).equals(Files.getOwner(probe));
      Files.delete(probe);
      if (!ours) {
        throw new ClusterException(
            base + " belongs to another user; remove it, or set java.io.tmpdir");
      }
      String run = "run-" + ProcessHandle.current().pid() + "-";
      Path folder =
          inMemory.isPresent()
              ? Files.createTempDirectory(inMemory.get(), name + "-" + run)
              : Files.createTempDirectory(base, run);
      Process watchdog = startWatchdog(folder);
      Runtime.getRuntime()
          .addShutdownHook(new Thread(() -> dismiss(watchdog), "baton-testkit-shutdown"));
      // Never closed: with any of its channels the JVM would lose all its locks on that file.
      FileChannel portLocks =
          FileChannel.open(
              base.resolve("ports.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      return new RunFolder(base, folder, portLocks);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot use " + base, e);
    }
  }

  /** Has the watchdog do its work now, and waits for it, so that all is gone when the JVM is. */
  private static void dismiss(Process watchdog) {
    try {
      watchdog.getOutputStream().close();
      watchdog.waitFor(Wait.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Process startWatchdog(Path folder) throws IOException {
    // In a process group of its own, so that what interrupts or kills the JVM's does not end it.
    String detached =
        "if command -v setsid >/dev/null; then exec setsid sh -s \"$1\"; fi;"
            + " exec 3<&0; set -m; sh -s \"$1\" <&3 & wait";
    Process process =
        new ProcessBuilder("sh", "-c", detached, "watchdog", folder.toString())
            .directory(folder.getRoot().toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    // Stays open as long as the JVM lives: that the pipe closes is the message.
    OutputStream pipe = process.getOutputStream();
    try (InputStream script = RunFolder.class.getResourceAsStream("watchdog.sh")) {
      Objects.requireNonNull(script).transferTo(pipe);
    }
    pipe.flush();
    return process;
  }
}

package io.baton.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Ports on loopback addresses, kept for one cluster until it closes, also while nothing listens on
 * them: a server that is down comes back on the port it had.
 *
 * <p>They lie below the range from which systems hand out ports to clients, and are reserved
 * against this user's other JVMs by locks on files. Thread-safe.
 */
final class LoopbackPorts implements AutoCloseable {
  private static final int FIRST = 10_240;
  private static final int LAST = 32_000;
  private static final int ATTEMPTS = 1_000;

  private final Path locks;
  private final List<FileChannel> reserved = new ArrayList<>();

  LoopbackPorts(Path base) {
    this.locks = base.resolve("ports");
  }

  /** A port that is free on all these addresses. */
  synchronized int reserve(List<InetAddress> addresses) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, LAST);
      FileChannel lock = lock(port);
      if (lock == null) {
        continue;
      }
      reserved.add(lock);
      if (addresses.stream().allMatch(address -> isFree(address, port))) {
        return port;
      }
    }
    throw new ClusterException("No free port on " + addresses + " in " + FIRST + " to " + LAST);
  }

  private @Nullable FileChannel lock(int port) {
    try {
      Files.createDirectories(locks);
      FileChannel channel =
          FileChannel.open(
              locks.resolve(Integer.toString(port)),
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE);
      try {
        FileLock lock = channel.tryLock();
        if (lock != null) {
          return channel;
        }
      } catch (OverlappingFileLockException reservedInThisJvm) {
        // As good as a lock that another JVM holds.
      }
      channel.close();
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isFree(InetAddress address, int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(address, port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }

  @Override
  public synchronized void close() {
    for (FileChannel channel : reserved) {
      try {
        channel.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    reserved.clear();
  }
}

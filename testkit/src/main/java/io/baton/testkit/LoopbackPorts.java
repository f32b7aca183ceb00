package io.baton.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Ports on loopback addresses, kept for one cluster until it closes, also while nothing listens on
 * them: a server that is down comes back on the port it had.
 *
 * <p>They lie below the range from which systems hand out ports to clients, and are reserved
 * against this user's other JVMs by locks on a file. Thread-safe.
 */
final class LoopbackPorts implements AutoCloseable {
  private static final int FIRST = 10_240;
  private static final int LAST = 32_000;
  private static final int ATTEMPTS = 1_000;

  private final FileChannel locks;
  private final List<FileLock> reserved = new ArrayList<>();

  LoopbackPorts(FileChannel locks) {
    this.locks = locks;
  }

  /** A port that is free on all these addresses. */
  synchronized int reserve(List<InetAddress> addresses) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, LAST);
      FileLock lock = lock(port);
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

  /** Byte n of the file stands for port n. */
  private @Nullable FileLock lock(int port) {
    try {
      return locks.tryLock(port, 1, false);
    } catch (OverlappingFileLockException reservedInThisJvm) {
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
    for (FileLock lock : reserved) {
      try {
        lock.release();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    reserved.clear();
  }
}

package io.baton.routing.monitor;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.baton.routing.topology.ServerStatus;
import java.time.Instant;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Which server is at an endpoint, as the newest connection to it shows.
 *
 * <p>An address is not a server. A name, a virtual address or a balancer leads to another one after
 * a switchover, and a connection that was opened before stays with the former: it goes on answering
 * that it is a standby. So of two connections that lead to different servers, the one that was
 * begun later is believed, and what the older one answers is of no interest any more, whenever it
 * comes. Which server it is, is told by the system identifier and by when its postmaster started.
 *
 * <p>Safe for use by many threads.
 */
final class ServerAtAddress {

  /** What an answer is worth. */
  enum Verdict {
    /** It comes from the server that is known to be there. */
    KNOWN,
    /** It comes from another server than before, and shows that this one is there now. */
    NEW,
    /** It comes over an older connection, from a server that is not there any more. */
    FORMER
  }

  private record Identity(long systemIdentifier, Instant startedAt) {

    boolean isThatOf(ServerStatus status) {
      return systemIdentifier == status.systemIdentifier() && startedAt.equals(status.startedAt());
    }
  }

  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private @Nullable Identity server;

  @GuardedBy("lock")
  private long newestConnection;

  /**
   * Takes an answer.
   *
   * @param connection when the connection it came over was begun, in the sequence of the cluster
   */
  Verdict judge(long connection, ServerStatus status) {
    lock.lock();
    try {
      boolean same = server == null || server.isThatOf(status);
      if (!same && connection < newestConnection) {
        return Verdict.FORMER;
      }
      server = new Identity(status.systemIdentifier(), status.startedAt());
      newestConnection = Math.max(newestConnection, connection);
      return same ? Verdict.KNOWN : Verdict.NEW;
    } finally {
      lock.unlock();
    }
  }
}

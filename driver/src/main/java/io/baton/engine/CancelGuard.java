package io.baton.engine;

import io.baton.failover.DeadlineGuard;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.Cluster;
import io.baton.routing.topology.EndpointState;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Aborts a connection whose server answers neither a call nor its cancellation. A server that hangs
 * answers its monitor no more than the call, so it is not waited for; where it is well, the code
 * that runs there may put the cancellation off, and is given time.
 *
 * <p>Thread-safe.
 */
final class CancelGuard implements AutoCloseable {

  /** How long a server may take to answer its monitor. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Cluster cluster;
  private final PhysicalConnection connection;

  /** When it is aborted in any case. */
  private final long last;

  private final ReentrantLock lock = new ReentrantLock();

  /** Guarded by the lock. */
  private DeadlineGuard guard;

  /** Guarded by the lock. */
  private boolean closed;

  /** When the monitor was told to ask; read by the thread that told it. */
  private Instant asked = Instant.MAX;

  /**
   * Makes a guard.
   *
   * @param patience how long the call may take, whatever the server
   * @param more how much longer where the server answers its monitor
   */
  CancelGuard(Cluster cluster, PhysicalConnection connection, Duration patience, Duration more) {
    this.cluster = cluster;
    this.connection = connection;
    this.last = System.nanoTime() + patience.plus(more).toNanos();
    this.guard = DeadlineGuard.abortAfter(patience.minus(LOOK), this::ask);
  }

  private void ask() {
    asked = Instant.now();
    cluster.look(connection.endpoint());
    lock.lock();
    try {
      if (!closed) {
        guard = DeadlineGuard.abortAfter(LOOK, this::late);
      }
    } finally {
      lock.unlock();
    }
  }

  private void late() {
    boolean answers =
        cluster
            .topology()
            .state(connection.endpoint())
            .map(EndpointState::answeredAt)
            .filter(at -> !at.isBefore(asked))
            .isPresent();
    if (answers && System.nanoTime() - last < 0) {
      ask();
    } else {
      connection.abort("it answers neither the call nor its cancellation");
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      guard.close();
    } finally {
      lock.unlock();
    }
  }
}

package io.baton.engine;

import io.baton.failover.DeadlineGuard;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The COMMIT behind a write outside of a transaction that is made in one of its own. It is a part
 * of the write's call, so the query timeout of that call ends it, and who cancels the write cancels
 * it: the server is asked to, as the driver asks it for a statement.
 *
 * <p>Guarded by the calls of its session, but for {@link #cancel}, which any thread may call.
 */
final class ProtectedCommit implements Committing, Target<Connection> {

  private static final Logger LOG = LoggerFactory.getLogger(ProtectedCommit.class);

  private final Call<?, ?> write;
  private final CommitExecution commit;
  private final SessionConnections connections;
  private final SessionStop stop;

  /** Held while the server is asked, so that nothing that runs later there is cancelled. */
  private final ReentrantLock asking = new ReentrantLock();

  /** Where it runs; null while it does not. Guarded by the lock. */
  private @Nullable PhysicalConnection running;

  ProtectedCommit(
      Call<?, ?> write, CommitExecution commit, SessionConnections connections, SessionStop stop) {
    this.write = write;
    this.commit = commit;
    this.connections = connections;
    this.stop = stop;
  }

  @Override
  public Connection on(PhysicalConnection physical) {
    return physical.connection();
  }

  @Override
  public int queryTimeoutSeconds() throws SQLException {
    return write.target().queryTimeoutSeconds();
  }

  @Override
  public Object cancelledAs() {
    return write.target().cancelledAs();
  }

  @Override
  public Boolean on(Connection delegate) throws SQLException {
    PhysicalConnection physical = connections.current().physical();
    SQLWarning before = physical.takeWarnings();
    try {
      return limited(delegate, physical);
    } finally {
      handWarnings(physical, before);
    }
  }

  /**
   * The driver puts the warnings of a COMMIT on the connection, and those of a statement, of which
   * this is the end, on the statement.
   *
   * @param before what the connection had before it
   */
  private void handWarnings(PhysicalConnection physical, @Nullable SQLWarning before) {
    SQLWarning ofCommit = physical.takeWarnings();
    if (before != null) {
      physical.warn(before);
    }
    if (ofCommit != null && !write.target().warned(ofCommit)) {
      physical.warn(ofCommit);
    }
  }

  private Boolean limited(Connection delegate, PhysicalConnection physical) throws SQLException {
    runs(physical);
    int seconds = queryTimeoutSeconds();
    DeadlineGuard timeout =
        seconds == 0 ? null : DeadlineGuard.abortAfter(left(seconds), this::time);
    stop.runs(cancelledAs(), this::cancel);
    try {
      return commit.on(delegate);
    } finally {
      stop.ranOut();
      if (timeout != null) {
        timeout.close();
      }
      runs(null);
    }
  }

  private Duration left(int seconds) {
    long end = write.began() + TimeUnit.SECONDS.toNanos(seconds);
    return Duration.ofNanos(Math.max(1, end - System.nanoTime()));
  }

  private void runs(@Nullable PhysicalConnection where) {
    asking.lock();
    try {
      running = where;
    } finally {
      asking.unlock();
    }
  }

  /**
   * To ask the server takes a connection of its own, and the thread of the guards is everybody's.
   */
  private void time() {
    Thread thread = new Thread(this::cancel, "baton-cancel");
    thread.setDaemon(true);
    thread.start();
  }

  private void cancel() {
    asking.lock();
    try {
      PhysicalConnection where = running;
      if (where != null) {
        where.cancelQuery();
      }
    } catch (SQLException failure) {
      LOG.debug("The COMMIT of a write could not be cancelled: {}", failure.getMessage());
    } finally {
      asking.unlock();
    }
  }
}

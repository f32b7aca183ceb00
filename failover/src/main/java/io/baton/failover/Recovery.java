package io.baton.failover;

import io.baton.routing.Cluster;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.FailureReport;
import io.github.resilience4j.core.IntervalFunction;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Finds the writer to go on with, and opens a connection to it.
 *
 * <p>It probes nothing itself: the cluster's monitors and its probes on demand do that, once for
 * all sessions of this JVM. What it adds is the proof that the connection it hands out is one to a
 * server that takes writes, and patience: as long as there is time, every failure is reported, and
 * the next attempt waits for an answer that is newer than the report.
 *
 * <p>Thread-safe.
 *
 * @param <C> what a connection is to whoever asks
 */
public final class Recovery<C> {

  /** How connections are opened, by whoever knows the driver. */
  public interface Opener<C> {

    /**
     * Opens a connection.
     *
     * @param timeout how long it may take
     */
    C open(Endpoint endpoint, Duration timeout) throws SQLException;

    /** Whether the server of this connection reported to be in recovery. */
    boolean isOnStandby(C connection);

    /** Gives a connection up that turned out to be of no use. */
    void discard(C connection);
  }

  /** How a search ended. */
  public sealed interface Result<C> {}

  /**
   * A connection to the writer.
   *
   * @param connection the connection, open
   * @param writer what was known of its server
   */
  public record Connected<C>(C connection, EndpointState writer) implements Result<C> {}

  /**
   * There was no writer in time.
   *
   * @param account what each endpoint last said, a line each
   * @param failure the first failure, with the others suppressed; null if there was none
   */
  public record NoWriter<C>(String account, @Nullable SQLException failure) implements Result<C> {}

  private static final int FIRST_PAUSE_MILLIS = 20;
  private static final double PAUSE_GROWTH = 1.6;
  private static final double PAUSE_JITTER = 0.5;
  private static final int LONGEST_PAUSE_MILLIS = 1000;

  private final Cluster cluster;
  private final Opener<C> opener;
  private final IntervalFunction pauses =
      IntervalFunction.ofExponentialRandomBackoff(
          FIRST_PAUSE_MILLIS, PAUSE_GROWTH, PAUSE_JITTER, LONGEST_PAUSE_MILLIS);

  /** Makes a recovery for the sessions of one cluster. */
  public Recovery(Cluster cluster, Opener<C> opener) {
    this.cluster = cluster;
    this.opener = opener;
  }

  /**
   * Opens a connection to the writer.
   *
   * @param since the report of the failure that made it necessary, null if there was none
   * @throws SQLException what the server said, untouched, if no other attempt can end differently:
   *     a wrong password, a database that does not exist
   */
  public Result<C> connect(@Nullable FailureReport since, Deadline deadline)
      throws SQLException, InterruptedException {
    FailureReport newest = since;
    SQLException first = null;
    for (int attempt = 1; ; attempt++) {
      Optional<EndpointState> writer =
          newest == null
              ? cluster.awaitWriter(deadline.remaining())
              : cluster.awaitWriter(newest, deadline.remaining());
      if (writer.isEmpty() || deadline.isOver()) {
        return new NoWriter<>(cluster.topology().describe(), first);
      }
      Endpoint endpoint = writer.get().endpoint();
      SQLException failure;
      try {
        C connection = opener.open(endpoint, deadline.remaining());
        if (!opener.isOnStandby(connection)) {
          return new Connected<>(connection, writer.get());
        }
        opener.discard(connection);
        failure = new SQLException(endpoint + " is a standby", "25006");
      } catch (SQLException refused) {
        if (!Failure.isWorthAnotherAttempt(refused)) {
          throw refused;
        }
        failure = refused;
      }
      if (first == null) {
        first = failure;
      } else if (first != failure) {
        first.addSuppressed(failure);
      }
      newest = cluster.reportFailure(endpoint, failure);
      pause(attempt, deadline);
    }
  }

  private void pause(int attempt, Deadline deadline) throws InterruptedException {
    long nanos = Duration.ofMillis(pauses.apply(attempt)).toNanos();
    LockSupport.parkNanos(Math.min(nanos, deadline.remaining().toNanos()));
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }
}

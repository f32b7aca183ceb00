package io.baton.routing.monitor;

import io.baton.routing.topology.ClusterSettings;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.FailureKind;
import io.baton.routing.topology.Observation;
import io.baton.routing.topology.ServerKind;
import io.baton.routing.topology.ServerStatus;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * The way to talk to one endpoint: opens connections and asks, within time limits that follow from
 * how long it took before.
 *
 * <p>Safe for use by many threads.
 */
final class Probe {

  /**
   * How long the first connection may take. Name lookup, TLS and authentication over a long line
   * add up; a limit that is too short would lock such an application out.
   */
  static final Duration FIRST_OPEN_TIMEOUT = Duration.ofSeconds(10);

  /** How many times longer than the slowest connection so far the next one may take. */
  private static final int OPEN_TIMEOUT_FACTOR = 8;

  private static final Duration SHORTEST_TIMEOUT = Duration.ofSeconds(1);

  private static final Executor SAME_THREAD = Runnable::run;

  private final Endpoint endpoint;
  private final ServerKind kind;
  private final Duration questionTimeout;
  private final LongSupplier nanoTime;
  private final AtomicLong slowestOpenNanos = new AtomicLong();

  Probe(Endpoint endpoint, ClusterSettings settings, LongSupplier nanoTime) {
    this.endpoint = endpoint;
    this.kind = settings.kind();
    this.questionTimeout = longer(settings.heartbeat(), SHORTEST_TIMEOUT);
    this.nanoTime = nanoTime;
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) >= 0 ? one : other;
  }

  /** Opens a connection on which {@link #ask} can be called. */
  Connection open(AbortableConnection holder) throws SQLException {
    long startedAt = nanoTime.getAsLong();
    Connection connection = holder.open(endpoint, openTimeout());
    try {
      connection.setNetworkTimeout(SAME_THREAD, Math.toIntExact(questionTimeout.toMillis()));
      StatusQuery.prepare(connection);
    } catch (SQLException | RuntimeException failure) {
      holder.close();
      throw failure;
    }
    slowestOpenNanos.accumulateAndGet(nanoTime.getAsLong() - startedAt, Math::max);
    return connection;
  }

  private Duration openTimeout() {
    long slowest = slowestOpenNanos.get();
    if (slowest == 0) {
      return FIRST_OPEN_TIMEOUT;
    }
    Duration usual = longer(Duration.ofNanos(slowest * OPEN_TIMEOUT_FACTOR), questionTimeout);
    return usual.compareTo(FIRST_OPEN_TIMEOUT) < 0 ? usual : FIRST_OPEN_TIMEOUT;
  }

  /** Asks the server on an open connection what it is. */
  ServerStatus ask(Connection connection) throws SQLException {
    return StatusQuery.ask(connection, kind);
  }

  /** Opens a connection, asks, and closes it. */
  Observation once(long sequence, AbortableConnection holder) {
    try {
      return new Observation.Answered(sequence, ask(open(holder)), false);
    } catch (SQLException failure) {
      return failed(sequence, failure);
    } catch (RuntimeException failure) {
      return failed(sequence, unexpected(failure));
    } finally {
      holder.close();
    }
  }

  /** What a new connection that failed says. */
  static Observation failed(long sequence, SQLException failure) {
    return switch (FailureKind.of(failure)) {
      case SILENT -> new Observation.Silent(sequence, failure, false);
      case UNREACHABLE -> new Observation.Unreachable(sequence, failure);
      case REFUSED -> new Observation.Refused(sequence, failure);
      case INCONCLUSIVE -> new Observation.Inconclusive(sequence, failure);
    };
  }

  /** A driver's own mistake says nothing of the server; it must not end the thread that watches. */
  static SQLException unexpected(RuntimeException failure) {
    return new SQLException("the driver failed: " + failure, "XX000", failure);
  }
}

package io.baton.routing.monitor;

import io.baton.routing.cutover.CutoverNotice;
import io.baton.routing.topology.Capabilities;
import io.baton.routing.topology.ClusterSettings;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.FailureKind;
import io.baton.routing.topology.Observation;
import io.baton.routing.topology.ServerKind;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The way to talk to one endpoint: opens connections and asks, within time limits that follow from
 * how long it took before.
 *
 * <p>Safe for use by many threads.
 */
final class Probe {

  private static final Executor SAME_THREAD = Runnable::run;

  private final Endpoint endpoint;
  private final ServerKind kind;
  private final AnswerTimes times;
  private final LongSupplier nanoTime;
  private final LoginTimes logins;

  Probe(Endpoint endpoint, ClusterSettings settings, LongSupplier nanoTime) {
    this.endpoint = endpoint;
    this.kind = settings.kind();
    this.times = new AnswerTimes(settings.heartbeat());
    this.logins = new LoginTimes(settings.silence());
    this.nanoTime = nanoTime;
  }

  /** Opens a connection on which {@link #askFirst} can be called. */
  Connection open(AbortableConnection holder) throws SQLException {
    long startedAt = nanoTime.getAsLong();
    Connection connection;
    try {
      connection = holder.open(endpoint, logins.limit(startedAt, times.limit()));
    } catch (SQLException failure) {
      if (FailureKind.of(failure) == FailureKind.SILENT) {
        logins.unanswered(startedAt);
      }
      throw failure;
    }
    logins.loggedIn(nanoTime.getAsLong() - startedAt);
    return connection;
  }

  /** Asks the server on a connection that was just opened what it is. */
  Answer askFirst(Connection connection) throws SQLException {
    return ask(connection, times.firstLimit());
  }

  /** Asks the server on an open connection what it is. */
  Answer ask(Connection connection) throws SQLException {
    return ask(connection, times.limit());
  }

  private Answer ask(Connection connection, Duration limit) throws SQLException {
    limit(connection, limit);
    long startedAt = nanoTime.getAsLong();
    Answer answer = StatusQuery.ask(connection, kind);
    times.answered(nanoTime.getAsLong() - startedAt);
    return answer;
  }

  /** Asks what the database says of a cut over, where there is a table: null if nothing. */
  @Nullable CutoverNotice cutover(Connection connection) throws SQLException {
    limit(connection, times.firstLimit());
    return CutoverQuery.ask(connection);
  }

  /** Asks what the server has to offer. */
  Capabilities capabilities(Connection connection, Instant startedAt) throws SQLException {
    limit(connection, times.firstLimit());
    return CapabilitiesQuery.ask(connection, startedAt);
  }

  /**
   * Asks whether a standby is still one, for as long as it is and a short wait lasts.
   *
   * @param missing for how long there has been no writer
   */
  boolean awaitPromotion(Connection connection, Duration missing) throws SQLException {
    limit(connection, times.limit().plus(PromotionQuery.WAIT));
    return PromotionQuery.await(connection, missing);
  }

  /** Asks whether a standby is still one. */
  boolean isStandby(Connection connection) throws SQLException {
    limit(connection, times.limit());
    return PromotionQuery.isStandby(connection);
  }

  private static void limit(Connection connection, Duration limit) throws SQLException {
    connection.setNetworkTimeout(SAME_THREAD, Math.toIntExact(limit.toMillis()));
  }

  /** Opens a connection, asks, and closes it. */
  Observation once(long sequence, AbortableConnection holder) {
    try {
      Answer answer = askFirst(open(holder));
      boolean pooled = holder.isServedByAnother(answer.processId());
      return new Observation.Answered(sequence, answer.status(), false, pooled);
    } catch (SQLException failure) {
      return failed(sequence, failure, holder);
    } catch (RuntimeException failure) {
      return failed(sequence, unexpected(failure), holder);
    } finally {
      holder.close();
    }
  }

  /** What a new connection that failed says, before its holder has closed it. */
  static Observation failed(long sequence, SQLException failure, AbortableConnection holder) {
    boolean letIn = holder.current() != null;
    return switch (FailureKind.of(failure)) {
      case SILENT -> new Observation.Silent(sequence, failure, false, letIn);
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

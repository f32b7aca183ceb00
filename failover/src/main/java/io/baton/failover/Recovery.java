package io.baton.failover;

import io.baton.routing.Cluster;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.FailureReport;
import io.baton.routing.topology.Role;
import io.baton.routing.topology.ServerStatus;
import io.baton.routing.topology.Topology;
import io.github.resilience4j.core.IntervalFunction;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds the writer and opens a connection to it.
 *
 * <p>It does not probe servers: the cluster's monitors and its probes on demand do that, once for
 * all sessions of this JVM. It checks that the connection it returns leads to a server that takes
 * writes. As long as the limits allow, it reports every failure and tries again after an answer
 * that is newer than the report.
 *
 * <p>Thread-safe.
 *
 * @param <C> the caller's type of a connection
 */
public final class Recovery<C> {

  /** Opens connections; implemented by the part that knows the driver. */
  public interface Opener<C> {

    /**
     * Opens a connection.
     *
     * @param limits how long it may take
     */
    C open(Endpoint endpoint, RecoveryLimits limits) throws SQLException;

    /** Returns whether the server of this connection reported to be in recovery. */
    boolean isOnStandby(C connection);

    /** Closes a connection that is not used. */
    void discard(C connection);

    /** Returns whether the caller is to be told of a refusal at once. */
    default boolean isToBeTold(SQLException refused) {
      return !Failure.isWorthAnotherAttempt(refused);
    }

    /**
     * Returns whether a server that refuses its monitor so, while no writer is known, is worth a
     * login of the caller's own all the same: it may work by now, with a password that is supplied
     * anew. If it does, so can the monitor, and says whether that server is the writer.
     */
    default boolean isToBeTried(SQLException refused) {
      return false;
    }

    /**
     * Returns whether a refusal that the caller is to be told of ends the search for the writer.
     * One that is the server's own does not while another one may be the writer, or become it.
     *
     * @param endpoint where it was refused
     * @param topology what is known of the others
     */
    default boolean endsSearch(SQLException refused, Endpoint endpoint, Topology topology) {
      return !Failure.isOfOneServer(refused)
          || !new WriterElsewhere(topology, endpoint).isPossible();
    }
  }

  /** The result of a search. */
  public sealed interface Result<C> {}

  /**
   * A connection to the writer.
   *
   * @param connection the connection, open
   * @param writer the known state of its server
   */
  public record Connected<C>(C connection, EndpointState writer) implements Result<C> {}

  /**
   * No writer was found in time.
   *
   * @param topology what was known of the servers at the end
   * @param failure the first failure, with some of the others suppressed; null if there was none
   * @param latest the last one; null if there was none
   */
  public record NoWriter<C>(
      Topology topology, @Nullable SQLException failure, @Nullable SQLException latest)
      implements Result<C> {}

  private static final int FIRST_PAUSE_MILLIS = 20;
  private static final double PAUSE_GROWTH = 1.6;
  private static final double PAUSE_JITTER = 0.5;
  private static final int LONGEST_PAUSE_MILLIS = 1000;
  private static final int MOST_FAILURES_TOLD = 10;

  private final Cluster cluster;
  private final Opener<C> opener;

  /** Loaded by the first recovery that pauses: the first connection of a young JVM does without. */
  private static final class Pauses {

    private static final IntervalFunction BETWEEN_ATTEMPTS =
        IntervalFunction.ofExponentialRandomBackoff(
            FIRST_PAUSE_MILLIS, PAUSE_GROWTH, PAUSE_JITTER, LONGEST_PAUSE_MILLIS);
  }

  /** Creates a recovery for the sessions of one cluster. */
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
   * @throws InterruptedException if the thread is interrupted while it waits
   */
  public Result<C> connect(@Nullable FailureReport since, RecoveryLimits limits)
      throws SQLException, InterruptedException {
    return connect(since, limits, () -> false);
  }

  /**
   * Opens a connection to the writer, unless another server will do by now.
   *
   * @param alternative whether the caller no longer waits for a writer; asked at each change of the
   *     topology. The result is {@link NoWriter} then.
   * @throws SQLException as {@link #connect(FailureReport, RecoveryLimits)}
   * @throws InterruptedException if the thread is interrupted while it waits
   */
  public Result<C> connect(
      @Nullable FailureReport since, RecoveryLimits limits, BooleanSupplier alternative)
      throws SQLException, InterruptedException {
    FailureReport newest = since;
    SQLException first = null;
    SQLException latest = null;
    Set<Endpoint> failed = new HashSet<>();
    RecoveryLimits.Guard waking = limits.onStop(cluster::wakeWaiters);
    try (waking) {
      for (int attempt = 1; ; attempt++) {
        FailureReport known = newest;
        Optional<EndpointState> writer =
            cluster
                .awaitWriter(
                    newest,
                    limits.remaining(),
                    () ->
                        limits.isStopped()
                            || refusing(known, failed).isPresent()
                            || alternative.getAsBoolean())
                .or(() -> refusing(known, failed));
        if (writer.isEmpty() || limits.isOver()) {
          return new NoWriter<>(cluster.topology(), first, latest);
        }
        EndpointState name = nameToTry(writer.get(), failed);
        Endpoint endpoint = name.endpoint();
        SQLException failure;
        try {
          C connection = opener.open(endpoint, limits);
          boolean isStandby = opener.isOnStandby(connection);
          if (!isStandby && !isOnTrial(name)) {
            return new Connected<>(connection, name);
          }
          opener.discard(connection);
          failure =
              isStandby
                  ? new SQLException(endpoint + " is a standby", "25006")
                  : new SQLException(endpoint + " is not known to be the writer yet", "08001");
        } catch (SQLException refused) {
          if (opener.isToBeTold(refused)
              && opener.endsSearch(refused, endpoint, cluster.topology())) {
            throw refused;
          }
          failure = refused;
        }
        if (first == null) {
          first = failure;
        } else if (first != failure && first.getSuppressed().length < MOST_FAILURES_TOLD) {
          first.addSuppressed(failure);
        }
        latest = failure;
        failed.add(endpoint);
        if (!opener.isToBeTried(failure)) {
          newest = cluster.reportFailure(endpoint, failure);
        } // Else it says nothing of the server, and a probe would be refused as well.
        pause(attempt, limits);
      }
    }
  }

  /**
   * A server may have several names, and one of them may lead nowhere although the monitor's
   * connection by it goes on: then the others are tried in turn.
   */
  private EndpointState nameToTry(EndpointState writer, Set<Endpoint> failed) {
    if (failed.contains(writer.endpoint())) {
      for (EndpointState state : cluster.topology().endpoints()) {
        if (state.role() == Role.WRITER && state.isUsable() && !failed.contains(state.endpoint())) {
          return state;
        }
      }
      failed.clear();
    }
    return writer;
  }

  /** Whether a server was tried for a login alone: its monitor has still to say what it is. */
  private boolean isOnTrial(EndpointState tried) {
    SQLException failure = tried.failure();
    return tried.role() != Role.WRITER
        && failure != null
        && opener.isToBeTried(failure)
        && !opener.isToBeTold(failure);
  }

  /**
   * A server that refuses its monitor, the login or the question, while there is no writer: it
   * refuses the session as well, unless the session has credentials of its own, and says so itself.
   * Which of several is the writer, nobody can tell: they are tried in turn.
   */
  private Optional<EndpointState> refusing(
      @Nullable FailureReport newerThan, Set<Endpoint> failed) {
    Topology topology = cluster.topology();
    if (topology.hasWriter()) {
      return Optional.empty();
    }
    List<EndpointState> all =
        standbysLast(topology.endpoints()).stream()
            .filter(state -> isToBeAsked(state, newerThan))
            .toList();
    return all.stream()
        .filter(state -> !failed.contains(state.endpoint()))
        .findFirst()
        .or(() -> all.stream().findFirst());
  }

  /**
   * The same in the order in which servers that refuse are asked once more. A standby that is
   * behind may not know yet what the writer knows: a database, a role or a password that is new.
   */
  public static List<EndpointState> standbysLast(List<EndpointState> endpoints) {
    return endpoints.stream().sorted(Comparator.comparing(Recovery::isStandby)).toList();
  }

  private static boolean isStandby(EndpointState state) {
    ServerStatus status = state.status();
    return status != null && status.standby();
  }

  private boolean isToBeAsked(EndpointState state, @Nullable FailureReport newerThan) {
    SQLException failure = state.failure();
    if (failure == null) {
      return false;
    }
    boolean isNews = newerThan == null || state.isNewerThan(newerThan);
    return opener.isToBeTried(failure)
        || (isNews && !Failure.isWorthAnotherAttempt(failure) && opener.isToBeTold(failure));
  }

  /** Waits on the topology state, so that a stop ends the wait at once. */
  private void pause(int attempt, RecoveryLimits limits) throws InterruptedException {
    Duration pause = Duration.ofMillis(Pauses.BETWEEN_ATTEMPTS.apply(attempt));
    Duration left = limits.remaining();
    cluster.awaitTopology(
        topology -> false, pause.compareTo(left) < 0 ? pause : left, limits::isStopped);
  }
}

package io.baton.engine;

import io.baton.engine.BackendLoss.Arrival;
import io.baton.failover.ServerAge;
import io.baton.routing.topology.FailureText;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides, on the server that a session arrives at, whether the call that was cut off is run again
 * there: see {@link RecoveryPlanner#rerun}.
 *
 * <p>Confined to one recovery.
 */
final class RerunReview {

  private static final Logger LOG = LoggerFactory.getLogger(RerunReview.class);

  /** The loss that led to the arrival that comes next. */
  private @Nullable BackendLoss loss;

  private Rerun rerun = Rerun.FREELY;

  /** Whether the call, or its replay, has ended a backend before. */
  private boolean before;

  private boolean counted;

  RerunReview(BackendLoss first, boolean before) {
    this.loss = first;
    this.before = before;
  }

  /** The replay was cut off as well; null if it is begun anew and nothing was lost. */
  void next(@Nullable BackendLoss then) {
    counted = isCounted();
    BackendLoss last = loss;
    before |=
        rerun == Rerun.FOR_THE_LAST_TIME && last != null && last.cause() == LossCause.TERMINATED;
    loss = then;
    rerun = Rerun.FREELY;
  }

  /**
   * Decides.
   *
   * @throws SQLException if the connection breaks
   */
  void judge(SessionConnection arrived) throws SQLException {
    BackendLoss lost = loss;
    if (lost != null) {
      boolean isTheSame = lost.endpoint().equals(arrived.physical().endpoint());
      boolean matters =
          lost.cause().dependsOnServer(isTheSame)
              && !lost.wasOnAnotherThan(arrived.knownInstance());
      Arrival arrival = matters ? arrival(lost, arrived) : null;
      rerun = RecoveryPlanner.rerun(lost, before, arrival);
    }
  }

  /** What the server is, null if it does not say. */
  private static @Nullable Arrival arrival(BackendLoss lost, SessionConnection arrived)
      throws SQLException {
    try {
      ServerAge age = arrived.physical().inAutocommit(ServerAge::of);
      Duration since = Duration.ofNanos(System.nanoTime() - lost.began());
      return new Arrival(
          lost.endpoint().equals(arrived.physical().endpoint()),
          age.hasBeenUpFor(since),
          age.hadACrashedBackendWithin(since));
    } catch (SQLException refused) {
      if (arrived.physical().isSeveredBy(refused)) {
        throw refused;
      }
      LOG.debug("{} does not say for how long it is up: {}", arrived, refused.getMessage());
      return null;
    }
  }

  /** Whether nothing is run again. */
  boolean isOver() {
    return rerun == Rerun.NEVER;
  }

  /** Whether the call is to blame for the end of its backend. */
  boolean isCounted() {
    return counted || (rerun == Rerun.FOR_THE_LAST_TIME && loss != null && !loss.replaying());
  }

  /** Why nothing is run again, as a sentence without its full stop. */
  String reason() {
    BackendLoss lost = loss;
    if (lost == null) {
      return "It is not run again";
    }
    String said = FailureText.message(lost.failure());
    if (lost.aborted() != null && before) {
      return "Its connection ended each time that it ran; the last one to "
          + lost.endpoint()
          + " was closed by Baton: "
          + lost.aborted();
    }
    return switch (lost.cause()) {
      case IDLE_TIMEOUT, TRANSACTION_TIMEOUT -> "A timeout of the server ended it: " + said;
      case TERMINATED -> "The server ended its connection each time that it ran: " + said;
      case OF_THE_MACHINE -> "Its connection broke each time that it ran: " + said;
      case NOT_UNDER_WAY, ENDED_WITH_ALL, UNSEEN ->
          before
              ? "Its connection broke each time that it ran: " + said
              : "A backend of the server crashed while it ran, so it is not run there again: "
                  + said;
    };
  }
}

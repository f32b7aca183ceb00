package io.baton.engine;

import io.baton.failover.Failure;
import io.baton.failover.HandOvers.Attempt;
import io.baton.failover.HandOvers.NotThere;
import io.baton.failover.HandOvers.Staying;
import io.baton.failover.HandOvers.Waiting;
import io.baton.failover.RecoveryLimits;
import io.baton.failover.RecoveryLimits.Limit;
import io.baton.routing.topology.FailureText;
import io.baton.session.Baseline;
import io.baton.session.Restoration;
import io.baton.session.SessionLoss;
import io.baton.session.SessionState;
import io.baton.session.SessionTracker;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The rehearsal of one session's cut over: all of its state is made on a connection of its own to
 * the successor, the server is asked what it holds then, and the connection is closed.
 *
 * <p>It looks at the state as the session's last call has left it, and touches nothing of the
 * session: neither its lock nor its connection. What only the two servers side by side show, the
 * cut over itself verifies. Temporary tables are made without rows.
 *
 * <p>Used by the thread of the rehearsal.
 */
record SessionTrial(ConnectionOpener opener, CallRecorder recorder) {

  /** Longer than a login takes where it works, shorter than a rehearsal. */
  private static final Duration LONGEST = Duration.ofSeconds(10);

  Attempt make() {
    RecoveryLimits limits =
        RecoveryLimits.of(Limit.FAILOVER_TIMEOUT, ConnectionOpener.within(LONGEST));
    try {
      Optional<SessionConnection> opened = opener.openToRehearse(limits);
      return opened.isPresent()
          ? rebuilt(opened.get(), limits)
          : new Waiting("no server over there is known to take writes");
    } catch (SQLException failure) {
      String why = FailureText.message(failure);
      return Failure.isWorthAnotherAttemptLater(failure) ? new Waiting(why) : new Staying(why);
    }
  }

  private Attempt rebuilt(SessionConnection there, RecoveryLimits limits) throws SQLException {
    RecoveryLimits.Guard guard = limits.guard(there::abort);
    try (guard) {
      SessionTracker tracker = recorder.tracker();
      Baseline began = tracker.baseline();
      there.takeover(began);
      SessionState state = tracker.state();
      List<SessionLoss> losses =
          there
              .physical()
              .inAutocommit(
                  Restoration.forHandOver(SessionState.FRESH, state, there.takeover())::runOn);
      return losses.isEmpty() ? new NotThere() : new Staying(losses.get(0).toString());
    } catch (SQLException refused) {
      String why = FailureText.message(refused);
      return there.physical().isSeveredBy(refused) || SessionRebuild.isTransient(refused)
          ? new Waiting(why)
          : new Staying("the server refused a part of it: " + why);
    } finally {
      there.leave();
    }
  }
}

package io.baton.engine;

import io.baton.session.ProtectionTally;
import io.baton.session.ProtectionTally.Cause;
import io.baton.session.ProtectionTally.Count;
import io.baton.session.ProtectionTally.Cover;
import io.baton.session.ProtectionTotals;
import io.baton.session.Restoration;
import io.baton.session.SessionLoss;
import io.baton.session.SessionState;
import io.baton.session.sql.StatementAnalysis;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps account of how the calls of one session were covered, for the session and for its cluster.
 *
 * <p>Guarded by the calls of its session, but for {@link #own}, which is thread-safe.
 */
final class ProtectionAccount {

  private static final String NO_STATEMENT = "(no statement)";

  private final ProtectionTotals cluster;
  private final ProtectionTally own = new ProtectionTally();

  /** What was looked at last, since looking again at the same state is of no use. */
  private SessionState known = SessionState.FRESH;

  private boolean isRestorable = true;

  /** What was counted last, as the same often comes again. */
  private @Nullable StatementAnalysis lastLost;

  private @Nullable String lastReason;
  private @Nullable Count lastCount;

  ProtectionAccount(ProtectionTotals cluster) {
    this.cluster = cluster;
  }

  /** The session begins. */
  void join() {
    cluster.begin(own);
  }

  /** The session ends; any thread may say so. */
  void leave() {
    cluster.end(own);
  }

  /** The account of this session. */
  ProtectionTally own() {
    return own;
  }

  /**
   * A call was made.
   *
   * @param state the session afterwards
   * @param uncovered why its transaction could not be replayed, or it could not be run again; null
   *     if it could
   * @param tells whether the reason counts as one more: once for a transaction
   */
  void called(
      StatementAnalysis analysis, SessionState state, @Nullable String uncovered, boolean tells) {
    look(analysis, state);
    if (uncovered != null && tells) {
      lost(analysis, uncovered);
    }
    own.count(isRestorable, uncovered == null);
  }

  /** Something that is no statement took the cover from the open transaction. */
  void uncovered(String reason) {
    lost(new Cause(Cover.TRANSACTION, reason, NO_STATEMENT));
  }

  @SuppressWarnings("ReferenceEquality") // an unchanged state is the same object: see SessionState
  private void look(StatementAnalysis analysis, SessionState state) {
    if (state == known) {
      return;
    }
    known = state;
    List<SessionLoss> losses = Restoration.losses(state);
    boolean was = isRestorable;
    isRestorable = losses.isEmpty();
    if (was && !isRestorable) {
      String reason = losses.get(0).kind() + ": " + losses.get(0).reason();
      lost(new Cause(Cover.SESSION, reason, analysis.fingerprint()));
    }
  }

  @SuppressWarnings("ReferenceEquality") // of the same text and reason there is one object
  private void lost(StatementAnalysis analysis, String reason) {
    Count count = lastCount;
    if (count == null || analysis != lastLost || reason != lastReason) {
      count = own.lossesBy(new Cause(Cover.TRANSACTION, reason, analysis.fingerprint()));
      lastLost = analysis;
      lastReason = reason;
      lastCount = count;
    }
    count.increment();
  }

  private void lost(Cause cause) {
    own.lossesBy(cause).increment();
  }
}

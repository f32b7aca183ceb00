package io.baton.jdbc;

import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.SessionTracker;
import io.baton.session.journal.Journal;
import java.sql.SQLException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs the journal of a transaction again, call by call, and proves that it gave what the
 * application saw.
 *
 * <p>The argument. The transaction that is replayed is certainly not committed; so none of its
 * effects are there, and running it again does nothing twice. It begins in the state that the
 * session had when it began. Each call is made as it was made then, with the same parameters and
 * limits; and what came of it is compared with all that the application was told: rows as far as it
 * has read them, counts, generated keys, errors. If all of it is equal, an application that knows
 * only what it was told cannot tell the second transaction from the first, and whatever it does
 * next on the strength of what it knows is as right as it would have been. What it did not look at
 * may differ, as it may between any two moments. If anything differs, the replay is rolled back.
 */
final class TransactionReplay {

  private final List<RecordedCall<?, ?>> calls;
  private final Set<Target<?>> targets = Collections.newSetFromMap(new IdentityHashMap<>());
  private final SessionTracker tracker;
  private final SessionKeys keys;
  private final Seat lost;

  /** Keys are kept only of sequences that everybody sees. */
  private boolean keepsKeys = true;

  /**
   * Prepares to replay.
   *
   * @param keys what is known of the keys that were drawn
   * @param lost where the transaction was open
   */
  TransactionReplay(
      Journal<RecordedCall<?, ?>> journal, SessionTracker tracker, SessionKeys keys, Seat lost) {
    this.calls = journal.calls();
    this.tracker = tracker;
    this.keys = keys;
    this.lost = lost;
    for (RecordedCall<?, ?> call : calls) {
      targets.add(call.target());
      keepsKeys &= !call.mayRenewSequences();
    }
  }

  /**
   * Runs all calls on a seat that has the state as of the beginning of the transaction.
   *
   * @return how it differs from what the application saw, as a part of a sentence; null if it does
   *     not
   * @throws SQLException if the connection breaks, or the server could not decide between this and
   *     another transaction
   */
  @Nullable String runOn(Seat seat) throws SQLException {
    PhysicalConnection physical = seat.physical();
    SessionKeys.Keeper keeper = keys.replay(lost, seat);
    for (Target<?> target : targets) {
      target.replayBegins();
    }
    for (int number = 1; number <= calls.size(); number++) {
      RecordedCall<?, ?> call = calls.get(number - 1);
      String text = keepsKeys ? keeper.textFor(call) : null;
      String difference = call.replayOn(physical, tracker, text);
      if (difference != null) {
        return "its statement %d of %d (%s) gave %s"
            .formatted(number, calls.size(), call.command(), difference);
      }
    }
    ends(physical);
    return null;
  }

  /** Gives the statements back what the replay changed for a while, well ended or given up. */
  void ends(PhysicalConnection physical) throws SQLException {
    for (Target<?> target : targets) {
      target.replayEnds(physical);
    }
  }
}

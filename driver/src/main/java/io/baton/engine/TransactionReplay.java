package io.baton.engine;

import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.SessionTracker;
import io.baton.session.TransactionStatus;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs the journal of a transaction again, call by call, and proves that it gave what the
 * application saw.
 *
 * <p>The argument. The transaction that is replayed is certainly not committed; so none of its
 * effects are there, and running it again does nothing twice. It begins in the state that the
 * session had when it began. Each call is made as it was made then, with the same parameters and
 * limits; and what came of it is compared with all that the application was told: rows as far as it
 * has read them, counts, generated keys, errors. At the end the transaction must be open or failed
 * as it was. If all of it is equal, an application that knows only what it was told cannot tell the
 * second transaction from the first, and whatever it does next on the strength of what it knows is
 * as right as it would have been. What it did not look at may differ, as it may between any two
 * moments. If anything differs, the replay is rolled back.
 *
 * <p>A replay works on physical statements of its own, and a logical statement takes one over only
 * once its call agrees. So a replay that is given up, or cut off, leaves nothing to put back: what
 * the application has bound is what its next call sends.
 */
final class TransactionReplay {

  private final OpenTransaction transaction;
  private final List<RecordedCall<?, ?>> calls;
  private final CallRecorder recorder;
  private final SessionTracker tracker;
  private final SessionKeys keys;
  private final SessionConnection lost;
  private final TransactionStatus status;

  /** Keys are kept only of sequences that everybody sees. */
  private boolean keepsKeys = true;

  /**
   * Prepares to replay.
   *
   * @param recorder what recorded it
   * @param keys what is known of the keys that were drawn
   * @param lost where the transaction was open
   * @param status what it was there: open, or failed
   */
  TransactionReplay(
      OpenTransaction transaction,
      CallRecorder recorder,
      SessionKeys keys,
      SessionConnection lost,
      TransactionStatus status) {
    this.transaction = transaction;
    this.calls = transaction.journal().calls();
    this.recorder = recorder;
    this.tracker = recorder.tracker();
    this.keys = keys;
    this.lost = lost;
    this.status = status;
    for (RecordedCall<?, ?> call : calls) {
      keepsKeys &= !call.mayRenewSequences();
    }
  }

  /** How many calls there are to run again. */
  int size() {
    return calls.size();
  }

  /**
   * Runs all calls on a connection that has the state as of the beginning of the transaction.
   *
   * @return how it differs from what the application saw, as a part of a sentence; null if it does
   *     not
   * @throws SQLException if the connection breaks, or the server could not decide between this and
   *     another transaction
   */
  @Nullable String runOn(SessionConnection connection) throws SQLException {
    PhysicalConnection physical = connection.physical();
    int lasting = recorder.firstLasting(transaction, connection);
    if (lasting > 0) {
      return "its statement %d of %d (%s) was not run again: it has an effect that no rollback undoes"
          .formatted(lasting, calls.size(), calls.get(lasting - 1).command());
    }
    SessionKeys.Keeper keeper = keys.replay(lost, connection);
    for (int number = 1; number <= calls.size(); number++) {
      RecordedCall<?, ?> call = calls.get(number - 1);
      String text = keepsKeys ? keeper.textFor(call) : null;
      String difference = call.replayOn(physical, tracker, text);
      if (difference != null) {
        return "its statement %d of %d (%s) gave %s"
            .formatted(number, calls.size(), call.command(), difference);
      }
    }
    return physical.transactionStatus() == status
        ? null
        : "it is " + physical.transactionStatus() + " now where it was " + status;
  }
}

package io.baton.engine;

import io.baton.BatonException;
import io.baton.BatonException.Interruption;
import io.baton.BatonException.Outcome;
import io.baton.OutcomeUnknownException;
import io.baton.TransactionLostException;
import io.baton.jdbc.pgjdbc.PgErrors;
import io.baton.routing.topology.Endpoint;
import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.catalogue.ReadVerdict;
import io.baton.session.sql.CommandKind;
import io.baton.session.sql.Replayability;
import io.baton.session.sql.StatementAnalysis;
import java.sql.SQLException;

/**
 * Runs a write outside of a transaction as a transaction of its own ({@code
 * baton.autocommitWrites=protect}): so that it can be noted ahead of its COMMIT, and settled if
 * that is cut off.
 *
 * <p>The application sees nothing of it before it is committed. So where it turns out not to be, it
 * is simply run anew; there is nothing that it would have to agree with.
 *
 * <p>Guarded by the calls of its session.
 */
final class ProtectedWrites {

  private static final int MOST_ATTEMPTS = 8;

  /** The session, as far as it is needed here. */
  interface Caller {

    /** Makes a call, in the transaction that is under way or begins with it. */
    <D, R> R make(Call<D, R> call) throws SQLException;

    /**
     * Commits the transaction under way, which is not to be replayed: there is a better way.
     *
     * @param write the call that is its work, whose limits hold for the COMMIT too
     */
    void commitUnreplayed(Call<?, ?> write) throws SQLException;

    /** Rolls back the transaction under way. */
    void rollback() throws SQLException;

    /** Makes each call from now on part of a transaction of its own, or ends that. */
    void protect(boolean on) throws SQLException;

    /** Where the session is. */
    Endpoint place();

    /** Whether no transaction is open. */
    boolean isIdle();

    boolean isClosed();

    /** Whether the last call is not to be made again: what the server did stands. */
    boolean isEndedForGood();
  }

  private final Caller session;
  private final ClientSettings client;
  private final FunctionCatalogue catalogue;

  ProtectedWrites(Caller session, ClientSettings client, FunctionCatalogue catalogue) {
    this.session = session;
    this.client = client;
    this.catalogue = catalogue;
  }

  /** Whether a call is a write outside of a transaction that may as well run inside of one. */
  boolean concerns(Call<?, ?> call) throws SQLException {
    StatementAnalysis analysis = call.analysis();
    return client.autoCommit()
        && !client.readOnly() // The driver would begin a transaction that may not write.
        && analysis.replayability() == Replayability.REPLAYABLE
        && !analysis.isTransactionControl()
        && !isForTransactionsOnly(analysis)
        && isWrite(call)
        // The rows of a cursor would be gone after the COMMIT.
        && !call.target().mayOpenCursor()
        && session.isIdle();
  }

  /** Whether the server refuses it outside of a transaction, where it would have no effect. */
  private static boolean isForTransactionsOnly(StatementAnalysis analysis) {
    return analysis.statements().stream()
        .anyMatch(one -> one.kind() == CommandKind.LOCK || one.kind() == CommandKind.DECLARE);
  }

  private boolean isWrite(Call<?, ?> call) {
    return call.effect() == CallEffect.WRITE
        || (call.effect() == CallEffect.UNPROVED_READ
            && catalogue.verdict(call.analysis()) == ReadVerdict.NOT_A_READ);
  }

  /** Makes the call and commits it. */
  <D, R> R make(Call<D, R> call) throws SQLException {
    for (int attempt = 1; ; attempt++) {
      session.protect(true);
      boolean isMade = false;
      try {
        R result = session.make(call);
        isMade = true;
        session.commitUnreplayed(call);
        return result;
      } catch (TransactionLostException lost) {
        boolean last = attempt == MOST_ATTEMPTS || session.isEndedForGood();
        rollBack(lost);
        if (last) {
          throw lost;
        }
      } catch (SQLException failure) {
        if (!isMade && hasNotBegun(failure)) {
          throw unprotected(failure);
        }
        rollBack(failure);
        throw failure;
      } finally {
        session.protect(false);
      }
    }
  }

  /**
   * Whether the server has refused the BEGIN, which the driver sends ahead of the write in one go:
   * as a cancel may meet it. Then it has run the write behind it without a transaction. One that it
   * refuses itself leaves a failed transaction.
   */
  private boolean hasNotBegun(SQLException failure) {
    return !(failure instanceof BatonException)
        && PgErrors.stateOfServer(failure) != null
        && !session.isClosed()
        && session.isIdle();
  }

  private SQLException unprotected(SQLException failure) {
    String evidence = "the server has refused the transaction that it was to be protected by";
    return new OutcomeUnknownException(
        "Whether the statement took place is not known: "
            + evidence
            + " and may have run it without. Ask the data before doing the work again",
        new Interruption(Outcome.UNKNOWN, evidence, session.place().toString(), null),
        failure);
  }

  /**
   * Rolls back what the call has left.
   *
   * @throws SQLException that the session was lost meanwhile, which nobody else would be told
   */
  private void rollBack(SQLException failure) throws SQLException {
    boolean wasOpen = !session.isClosed();
    try {
      if (wasOpen && !session.isIdle()) {
        session.rollback();
      }
    } catch (SQLException unexpected) {
      if (wasOpen && session.isClosed()) {
        unexpected.addSuppressed(failure);
        throw unexpected;
      }
      failure.addSuppressed(unexpected);
    }
  }
}

package io.baton.jdbc;

import io.baton.failover.InterruptedCall.Block;
import io.baton.failover.outcome.ServerInstance;
import io.baton.failover.outcome.TransactionMark;
import io.baton.session.sql.StatementAnalysis;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The mark of the open transaction, taken in the round trip of one of its writes, so that its
 * COMMIT need not wait for a round trip more.
 *
 * <p>The write is sent as a text of two statements, of which the second takes the mark; the
 * PostgreSQL driver sends them together, and the server runs the second only if the first went
 * well. The application is given what came of the first.
 *
 * <p>The argument. What {@link io.baton.failover.outcome.CommitInquiry} needs is the transaction's
 * id and a position at which a record that carries the id, or a greater one of a subtransaction,
 * had ended, both noted before the COMMIT leaves. They are as true if they are noted earlier: the
 * record stays where it is, though a savepoint be rolled back, and the commit lies past it. But the
 * mark must be of the very transaction that is committed. A transaction ends only by a call, or
 * with its connection. So the mark is forgotten with every call that is made outside of an open
 * block, with every call that may end one and perhaps begin another, and when the session is
 * rescued; it counts only on the seat that it was taken on; and not where the application has the
 * driver's own object, through which it may end and begin transactions that nobody sees.
 *
 * <p>Guarded by the calls of its session.
 */
final class EarlyMark {

  private @Nullable Seat seat;
  private @Nullable TransactionMark mark;

  /** A call is about to be made in that block. */
  void before(Block block) {
    if (block != Block.OPEN) {
      forget();
    }
  }

  /** A call was made: it may have ended the transaction. */
  void after(StatementAnalysis analysis) {
    if (analysis.mayEndTransaction()) {
      forget();
    }
  }

  /** The transaction may have ended. */
  void forget() {
    if (seat != null) {
      seat = null;
      mark = null;
    }
  }

  /** What was taken of the transaction that is open on a seat; null if nothing was. */
  @Nullable TransactionMark of(Seat current) {
    return seat == current && !current.physical().isExposed() ? mark : null;
  }

  /** Whether one is to be taken with the call that is about to be made. */
  boolean isDue(Seat current, Block block, StatementAnalysis analysis, Execution<?, ?> execution) {
    return seat == null
        && execution instanceof PreparedExecution
        && analysis.isPlainWrite()
        && (block == Block.OPEN || block == Block.BEGINS)
        && isToBeHad(current);
  }

  private static boolean isToBeHad(Seat current) {
    ServerInstance server = current.knownInstance();
    return server != null
        && server.marks()
        && !current.physical().isExposed()
        && !current.physical().isOnStandby()
        && current.physical().sendsTextsWhole();
  }

  /**
   * Makes a call, and takes the mark with it.
   *
   * @param carrying a counterpart of the target, whose text has {@link TransactionMark#SQL} behind
   *     its own
   * @param execution one for which it {@link #isDue}
   */
  @SuppressWarnings("unchecked") // isDue saw to it
  <D, R> R take(Seat current, Target<D> target, D carrying, Execution<? super D, R> execution)
      throws SQLException {
    ServerInstance server = Objects.requireNonNull(current.knownInstance());
    PreparedStatement statement = (PreparedStatement) carrying;
    statement.execute();
    R result = ((PreparedExecution<R>) execution).returned(statement);
    long count = statement.getLargeUpdateCount();
    statement.getMoreResults(Statement.KEEP_CURRENT_RESULT);
    try (ResultSet rows = Objects.requireNonNull(statement.getResultSet())) {
      mark = TransactionMark.read(server, rows);
      seat = current;
    }
    while (statement.getMoreResults(Statement.KEEP_CURRENT_RESULT)
        || statement.getLargeUpdateCount() != Carrier.NO_COUNT) {
      // What is left is the number of rows of the mark, if anything.
    }
    target.carried(count);
    return result;
  }
}

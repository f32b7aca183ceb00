package io.baton.engine;

import io.baton.failover.outcome.CommitMarker;
import io.baton.failover.outcome.ServerInstance;
import io.baton.session.sql.StatementAnalysis;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Takes the commit marker of a transaction in the round trip of one of its writes, so that its
 * COMMIT need not wait for a round trip more.
 *
 * <p>The write is sent as a text of two statements, of which the second takes the marker. The
 * PostgreSQL driver sends them together, and the server runs the second only if the first went
 * well. The application is given what came of the first.
 *
 * <p>The argument. What {@link io.baton.failover.outcome.CommitInquiry} needs is the transaction's
 * id and a position at which a record that carries the id, or a greater one of a subtransaction,
 * had ended, both noted before the COMMIT leaves. They are as true if they are noted earlier: the
 * record stays where it is, though a savepoint be rolled back, and the commit lies past it. But the
 * marker must be of the very transaction that is committed: see {@link OpenTransaction}, which
 * keeps it.
 *
 * <p>It has no state. Its methods are called under the calls of a session.
 */
final class PiggybackedMarker {

  private static final long NO_COUNT = -1;

  private PiggybackedMarker() {}

  /** Whether the marker is to be taken with the call that is about to be made. */
  static boolean isDue(
      SessionConnection connection, Call<?, ?> call, @Nullable OpenTransaction transaction) {
    return transaction != null
        && !transaction.isMarked()
        && !transaction.isLost()
        && call.execution() instanceof MarkableExecution<?>
        && call.analysis().isPlainWrite()
        && canMark(connection, call.analysis());
  }

  private static boolean canMark(SessionConnection connection, StatementAnalysis analysis) {
    ServerInstance server = connection.knownInstance();
    return server != null
        && server.isWriter()
        && (!server.decoding() || analysis.writtenRelation() != null)
        && !connection.isPooled()
        && !connection.physical().isExposed()
        && !connection.isOnStandby()
        && connection.physical().sendsTextsWhole()
        && !connection.physical().forcesBinary();
  }

  /** The text that takes the marker behind a call for which it {@link #isDue}. */
  static String sql(SessionConnection connection, Call<?, ?> call) {
    return Objects.requireNonNull(
        CommitMarker.sqlBehind(
            Objects.requireNonNull(connection.knownInstance()), call.analysis().writtenRelation()));
  }

  /**
   * Makes a call, and takes the marker with it.
   *
   * @param carrying a counterpart of the target, whose text has {@link #sql} behind its own
   * @param call one for which it {@link #isDue}
   */
  @SuppressWarnings("unchecked") // isDue saw to it
  static <D, R> R take(
      SessionConnection connection, Call<D, R> call, D carrying, OpenTransaction transaction)
      throws SQLException {
    ServerInstance server = Objects.requireNonNull(connection.knownInstance());
    PreparedStatement statement = (PreparedStatement) carrying;
    statement.execute();
    R result = ((MarkableExecution<R>) call.execution()).returned(statement);
    long count = statement.getLargeUpdateCount();
    statement.getMoreResults(Statement.KEEP_CURRENT_RESULT);
    try (ResultSet rows = Objects.requireNonNull(statement.getResultSet())) {
      CommitMarker.Answer answer = CommitMarker.read(server, rows);
      connection.isServedBy(answer.backend());
      CommitMarker marker = answer.marker();
      // Where only the write itself has put the id into the log, it must have changed a row.
      if (marker != null && (!server.decoding() || count > 0)) {
        transaction.marked(marker, connection);
      }
    }
    while (statement.getMoreResults(Statement.KEEP_CURRENT_RESULT)
        || statement.getLargeUpdateCount() != NO_COUNT) {
      // What is left is the number of rows of the marker, if anything.
    }
    call.target().carried(count);
    return result;
  }
}

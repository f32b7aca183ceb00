package io.baton.jdbc;

import io.baton.TransactionLostException;
import io.baton.failover.InterruptedCall.Kind;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.catalogue.ReadVerdict;
import io.baton.session.sql.Replayability;
import io.baton.session.sql.StatementAnalysis;
import java.sql.Connection;
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

  private final LogicalSession session;
  private final ClientSettings client;
  private final FunctionCatalogue catalogue;
  private final Target<Connection> connection = PhysicalConnection::connection;

  ProtectedWrites(LogicalSession session, ClientSettings client, FunctionCatalogue catalogue) {
    this.session = session;
    this.client = client;
    this.catalogue = catalogue;
  }

  /** Whether a call is a write outside of a transaction that may as well run inside of one. */
  boolean concerns(Target<?> target, StatementAnalysis analysis) throws SQLException {
    return client.autoCommit()
        && analysis.replayability() == Replayability.REPLAYABLE
        && !analysis.isTransactionControl()
        && isWrite(analysis)
        // The rows of a cursor would be gone after the COMMIT.
        && !(target instanceof RoutedStatement statement && statement.getFetchSize() > 0)
        && session.isIdle();
  }

  private boolean isWrite(StatementAnalysis analysis) {
    Kind kind = Kind.of(analysis);
    return kind == Kind.WORK
        || (kind == Kind.READ && catalogue.verdict(analysis) == ReadVerdict.NOT_A_READ);
  }

  /** Makes the call and commits it. */
  <D, R> R call(Target<D> target, StatementAnalysis analysis, Execution<? super D, R> execution)
      throws SQLException {
    for (int attempt = 1; ; attempt++) {
      session.change(settings -> settings.autoCommit(false));
      try {
        R result = session.call(target, analysis, execution);
        session.doNotReplay();
        session.call(connection, LogicalSession.COMMIT, physical -> session.commit());
        return result;
      } catch (TransactionLostException lost) {
        rollBack(lost);
        if (attempt == MOST_ATTEMPTS) {
          throw lost;
        }
      } catch (SQLException failure) {
        rollBack(failure);
        throw failure;
      } finally {
        session.change(settings -> settings.autoCommit(true));
      }
    }
  }

  private void rollBack(SQLException failure) {
    try {
      if (!session.isClosed() && !session.isIdle()) {
        session.call(
            connection,
            LogicalSession.ROLLBACK,
            physical -> {
              physical.rollback();
              return true;
            });
      }
    } catch (SQLException unexpected) {
      failure.addSuppressed(unexpected);
    }
  }
}

package io.baton.jdbc.xa;

import io.baton.BatonException;
import io.baton.BatonException.Outcome;
import io.baton.NoServerException;
import io.baton.jdbc.pgjdbc.PgErrors;
import java.sql.SQLException;
import javax.transaction.xa.XAException;
import org.jspecify.annotations.Nullable;

/** What a transaction manager is told of a call that failed. */
final class BranchErrors {

  private static final String FAILED_TRANSACTION = "25P02";
  private static final String UNKNOWN_IDENTIFIER = "42704";

  /** Somebody else is ending it at this moment. */
  private static final String BUSY = "55000";

  private BranchErrors() {}

  /** An error of the protocol, or what it is by. */
  static XAException error(int code, String message) {
    XAException error = new XAException(message);
    error.errorCode = code;
    return error;
  }

  /** The same, with what it is by. */
  static XAException error(int code, String message, @Nullable Throwable cause) {
    XAException error = error(code, message);
    error.initCause(cause);
    return error;
  }

  /** The code of a call that does not end a branch: whether the server can be used at all. */
  static int ofUse(SQLException failure, boolean closed) {
    return closed || isOfConnection(failure) ? XAException.XAER_RMFAIL : XAException.XAER_RMERR;
  }

  /**
   * The code of a PREPARE TRANSACTION, or of the one phase of a branch, that failed. An error of
   * the server has rolled the transaction back.
   *
   * @param closed whether the session has ended
   * @param lost the code of a branch that was lost with its server
   */
  static int ofFirstPhase(SQLException failure, boolean closed, int lost) {
    if (failure instanceof BatonException told) {
      return told.outcome() == Outcome.NOT_COMMITTED ? lost : XAException.XAER_RMFAIL;
    }
    String state = String.valueOf(failure.getSQLState());
    if (FAILED_TRANSACTION.equals(state)) {
      return XAException.XA_RBROLLBACK;
    }
    if (closed || isOfConnection(failure) || PgErrors.stateOfServer(failure) == null) {
      return XAException.XAER_RMFAIL;
    }
    return switch (state.substring(0, 2)) {
      case "23" -> XAException.XA_RBINTEGRITY;
      case "40" -> "40P01".equals(state) ? XAException.XA_RBDEADLOCK : XAException.XA_RBTRANSIENT;
      default -> XAException.XA_RBROLLBACK;
    };
  }

  /**
   * The code of a COMMIT PREPARED or ROLLBACK PREPARED that failed.
   *
   * @param unknown the code of a branch that the server does not know
   */
  static int ofSecondPhase(SQLException failure, boolean closed, int unknown) {
    String state = String.valueOf(failure.getSQLState());
    if (UNKNOWN_IDENTIFIER.equals(state)) {
      return unknown;
    }
    return BUSY.equals(state) ? XAException.XAER_RMFAIL : ofUse(failure, closed);
  }

  /** Whether the work of the call took place, though the call could not return. */
  static boolean tookPlace(SQLException failure) {
    return failure instanceof BatonException told && told.outcome() == Outcome.COMMITTED;
  }

  private static boolean isOfConnection(SQLException failure) {
    String state = String.valueOf(failure.getSQLState());
    return failure instanceof NoServerException
        || state.startsWith("08")
        || state.startsWith("57P");
  }
}

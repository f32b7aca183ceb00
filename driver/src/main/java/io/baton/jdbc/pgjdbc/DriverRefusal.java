package io.baton.jdbc.pgjdbc;

import io.baton.routing.topology.ClientRefusalException;
import io.baton.routing.topology.FailureKind;
import java.io.FileNotFoundException;
import java.nio.file.NoSuchFileException;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import javax.net.ssl.SSLException;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/**
 * Tells the PostgreSQL driver's own refusals to connect from what becomes of an attempt: an option
 * that it cannot read, a class or a file that is not there.
 *
 * <p>Such a refusal has no text of a server. Whatever the network or a server had a part in has its
 * own exception as a cause, or is called a violation of the protocol; so what has no cause, or one
 * that tells of a class, a number or a file, is the driver's alone.
 */
final class DriverRefusal {

  private static final int MOST_CAUSES = 16;

  private DriverRefusal() {}

  /** Returns a failure to connect as it is; or, if it is the driver's own refusal, as one. */
  static SQLException marked(SQLException failure) {
    SQLException own = withoutOurFactory(failure);
    return isRefusal(own) ? new ClientRefusalException(own) : own;
  }

  /** Where the application's own factory of sockets fails, ours names itself around it. */
  private static SQLException withoutOurFactory(SQLException failure) {
    if (String.valueOf(failure.getMessage()).contains(WatchedSocketFactory.class.getName())) {
      Throwable cause = failure.getCause();
      for (int depth = 0; cause != null && depth < MOST_CAUSES; depth++) {
        if (cause instanceof PSQLException given) {
          return given;
        }
        cause = cause.getCause();
      }
    }
    return failure;
  }

  private static boolean isRefusal(SQLException failure) {
    if (!(failure instanceof PSQLException raised)
        || raised.getServerErrorMessage() != null
        || PSQLState.PROTOCOL_VIOLATION.getState().equals(raised.getSQLState())) {
      return false;
    }
    Throwable cause = raised.getCause();
    if (cause == null) {
      return !PSQLState.UNEXPECTED_ERROR.getState().equals(raised.getSQLState());
    }
    boolean isMistake = false;
    for (int depth = 0; cause != null && depth < MOST_CAUSES; depth++) {
      // A handshake with one server failed: another one may do. Or a file is there, and cannot be
      // opened for want of descriptors.
      if (cause instanceof SSLException || FailureKind.isExhaustion(cause)) {
        return false;
      }
      isMistake |= isMistake(cause);
      cause = cause.getCause();
    }
    return isMistake;
  }

  private static boolean isMistake(Throwable cause) {
    return cause instanceof ReflectiveOperationException
        || cause instanceof LinkageError
        || cause instanceof ClassCastException
        || cause instanceof NumberFormatException
        || cause.getClass().equals(IllegalArgumentException.class)
        || cause instanceof FileNotFoundException
        || cause instanceof NoSuchFileException
        || cause instanceof GeneralSecurityException
        || (cause instanceof PSQLException raised && isRefusal(raised));
  }
}

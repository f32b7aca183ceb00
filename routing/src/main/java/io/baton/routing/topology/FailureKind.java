package io.baton.routing.topology;

import io.baton.routing.monitor.Connector;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.util.Locale;

/** What a failed attempt to open a connection, or to ask on it, says about the server. */
public enum FailureKind {
  /** Nobody answered in time: hung, or cut off. */
  SILENT,
  /** Nobody is there, or it takes no sessions now. */
  UNREACHABLE,
  /** A server is there and refuses us: password, database, number of connections, privileges. */
  REFUSED;

  private static final int MAX_CAUSES = 16;

  /** Reads an exception of {@link Connector#open} or of a question on its connection. */
  public static FailureKind of(SQLException failure) {
    if (failure instanceof SQLTimeoutException || hasTimeoutAmongCauses(failure)) {
      return SILENT;
    }
    String state = failure.getSQLState();
    return state == null || saysNobodyServes(state) ? UNREACHABLE : REFUSED;
  }

  /**
   * Class 08 is the driver's: no connection. Of the server's, 57P01 (being shut down), 57P02 (a
   * neighbour crashed, all sessions are ended) and 57P03 (starting, recovering or shutting down)
   * say that it serves no sessions at present.
   */
  private static boolean saysNobodyServes(String state) {
    return state.startsWith("08")
        || state.equals("57P01")
        || state.equals("57P02")
        || state.equals("57P03");
  }

  /**
   * Whether somebody accepted the connection and then said nothing in time: a server that hangs, or
   * one that is busy. Where not even the connection could be opened in time, there may be nobody.
   */
  static boolean isOfAServerThatAccepts(SQLException failure) {
    Throwable cause = failure.getCause();
    for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
      if (cause instanceof SocketTimeoutException) {
        return !String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT).contains("connect");
      }
      cause = cause.getCause();
    }
    return false;
  }

  private static boolean hasTimeoutAmongCauses(Throwable failure) {
    Throwable cause = failure.getCause();
    for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
      if (cause instanceof SocketTimeoutException) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }
}

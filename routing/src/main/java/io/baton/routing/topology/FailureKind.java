package io.baton.routing.topology;

import io.baton.routing.monitor.Connector;
import java.io.EOFException;
import java.net.BindException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import javax.net.ssl.SSLException;

/** What a failed attempt to open a connection, or to ask on it, says about the server. */
public enum FailureKind {
  /** Nobody answered in time: hung, or cut off. */
  SILENT,
  /** Nobody is there, or it takes no sessions now. */
  UNREACHABLE,
  /** A server is there and refuses us: password, database, number of connections, privileges. */
  REFUSED,
  /**
   * It says nothing of the server. The name service did not answer, this machine has no port or
   * file descriptor left, an option is refused here ({@link ClientRefusalException}), the two do
   * not agree about TLS (an expired certificate), or somebody accepted the connection and closed it
   * in order, as a server does that cannot start one more process for it: sessions that are there
   * go on.
   */
  INCONCLUSIVE;

  private static final int MAX_CAUSES = 16;

  /** How the operating system says that this machine, and not the other one, lacks something. */
  private static final List<String> EXHAUSTION =
      List.of(
          "cannot assign requested address",
          "address already in use",
          "too many open files",
          "no buffer space",
          "cannot allocate memory",
          "unable to create native thread");

  /** The driver's, of a server that answers and does not accept what the client must have. */
  private static final String NOT_ACCEPTED = "08004";

  private static final String TOO_MANY_CONNECTIONS = "53300";

  /** What PgBouncer says in its own name has this state, whatever it is. */
  private static final String OF_POOLER = "08P01";

  /** PgBouncer's, of a client that waited for a server connection. */
  private static final String WAITED_IN_VAIN = "query_wait_timeout";

  /** PgBouncer's, of one client more than a limit allows. */
  private static final List<String> TOO_MANY_CLIENTS =
      List.of(
          "no more connections allowed (max_client_conn)",
          "client connections exceeded (max_db_client_connections)",
          "client connections exceeded (max_user_client_connections)");

  /** Reads an exception of {@link Connector#attempt} or of a question on its connection. */
  public static FailureKind of(SQLException failure) {
    if (failure instanceof ClientRefusalException) {
      return INCONCLUSIVE;
    }
    if (failure instanceof SQLTimeoutException
        || anyCause(failure, SocketTimeoutException.class::isInstance)
        || isWaitedInVain(failure)) {
      return SILENT;
    }
    if (isFull(failure)) {
      return REFUSED;
    }
    String state = failure.getSQLState();
    if (NOT_ACCEPTED.equals(state) || anyCause(failure, FailureKind::saysNothingOfTheServer)) {
      return INCONCLUSIVE;
    }
    return state == null || saysNobodyServes(state) ? UNREACHABLE : REFUSED;
  }

  /**
   * The end of a stream is what the driver makes of "could not fork new process for connection",
   * which a server sends past the protocol before it closes.
   */
  private static boolean saysNothingOfTheServer(Throwable cause) {
    if (cause instanceof UnknownHostException
        || cause instanceof BindException
        || cause instanceof EOFException
        || cause instanceof SSLException) {
      return true;
    }
    if (cause instanceof SQLException) {
      return false; // What a server says in its own words is not what this machine says.
    }
    return isExhaustion(cause);
  }

  /**
   * Whether the server, or a pooler before it, is there and has no connection left for this client.
   * A pooler that lets a client wait for one says so in the end.
   */
  public static boolean isFull(SQLException failure) {
    return TOO_MANY_CONNECTIONS.equals(failure.getSQLState())
        || isWaitedInVain(failure)
        || TOO_MANY_CLIENTS.stream().anyMatch(text -> isOfPooler(failure, text));
  }

  /** Whether a pooler was there, and had no server connection to lend in time. */
  private static boolean isWaitedInVain(SQLException failure) {
    return isOfPooler(failure, WAITED_IN_VAIN);
  }

  private static boolean isOfPooler(SQLException failure, String text) {
    return OF_POOLER.equals(failure.getSQLState())
        && ("FATAL: " + text).equals(failure.getMessage());
  }

  /** Whether a server is there, and the two do not agree about TLS. */
  public static boolean isOfEncryption(SQLException failure) {
    return anyCause(failure, SSLException.class::isInstance);
  }

  /** Whether a server is there, and its certificate is not accepted. */
  public static boolean isOfCertificate(SQLException failure) {
    return anyCause(failure, CertificateException.class::isInstance);
  }

  /** Whether this machine lacks something that a connection needs: ports, descriptors, threads. */
  public static boolean isExhaustion(Throwable cause) {
    String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
    return EXHAUSTION.stream().anyMatch(message::contains);
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
    if (isWaitedInVain(failure)) {
      return true;
    }
    Throwable cause = failure.getCause();
    for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
      if (cause instanceof SocketTimeoutException) {
        return !String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT).contains("connect");
      }
      cause = cause.getCause();
    }
    return false;
  }

  private static boolean anyCause(Throwable failure, Predicate<Throwable> test) {
    Throwable cause = failure.getCause();
    for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
      if (test.test(cause)) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }
}

package io.baton.jdbc.pgjdbc;

import io.baton.failover.DeadlineGuard;
import io.baton.routing.topology.ClientRefusalException;
import io.baton.routing.topology.Endpoint;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/**
 * The opening of a physical connection. A server that hangs accepts a connection and sends nothing,
 * so the opening is bounded in time as a whole, and other threads can abort it.
 *
 * <p>Any thread may call {@link #abort}, at any time; the other methods belong to the opening
 * thread.
 */
public final class Opening {

  /** Opens the connection itself. */
  @FunctionalInterface
  interface Attempt {

    PhysicalConnection open(ConnectionSockets sockets, Duration timeout) throws SQLException;
  }

  private static final ThreadLocal<@Nullable ConnectionSockets> CURRENT = new ThreadLocal<>();

  private static final int LAST_WORDS_MILLIS = 100;

  private final Endpoint endpoint;
  private final @Nullable PasswordRequest password;
  private final Attempt attempt;
  private final ConnectionSockets sockets = new ConnectionSockets();
  private volatile @Nullable PhysicalConnection opened;

  /**
   * Makes an opening.
   *
   * @param password asks for the password first; null if it is known
   */
  Opening(Endpoint endpoint, @Nullable PasswordRequest password, Attempt attempt) {
    this.endpoint = endpoint;
    this.password = password;
    this.attempt = attempt;
  }

  /** Returns the sockets of the connection that this thread is opening; null if there is none. */
  static @Nullable ConnectionSockets currentSockets() {
    return CURRENT.get();
  }

  /**
   * Asks for the password, if something supplies it, ahead of {@link #open}: what supplies it is
   * not the server, and its time not the server's.
   *
   * @throws ClientRefusalException 28000 if there is none to be had in time, or this was aborted;
   *     22023 if nobody can be asked
   */
  public void askPassword(Duration timeout) throws ClientRefusalException {
    if (password != null) {
      password.ask(timeout);
    }
  }

  /**
   * Returns what tells the password that was supplied from another one, and shows nothing of it;
   * null if none was, as the driver finds it by itself. Called after {@link #askPassword}.
   */
  public @Nullable Object secret() {
    return password == null ? null : password.print();
  }

  /**
   * Opens the connection.
   *
   * @param timeout how long it may take as a whole; only the look-up of the host's name, which
   *     cannot be aborted, may take longer
   * @throws ClientRefusalException if the driver refuses its options, whatever the server
   * @throws SQLException the error of the driver or the server; 08001 with a {@link
   *     SocketTimeoutException} as its cause if the time was over, 08001 with the reason if this
   *     was aborted
   */
  public PhysicalConnection open(Duration timeout) throws SQLException {
    askPassword(timeout);
    String noAnswer = endpoint + " did not answer within " + timeout.toMillis() + " ms";
    DeadlineGuard guard = DeadlineGuard.abortAfter(timeout, () -> abort(noAnswer));
    PhysicalConnection connection;
    try (guard) {
      connection = by(sockets, timeout, attempt, () -> false);
      opened = connection;
    } catch (SQLException failure) {
      SQLException marked = DriverRefusal.marked(failure);
      if (marked instanceof ClientRefusalException refused) {
        // No time and no abort would have changed it.
        throw password != null && password.isWithout(marked) ? refused.asLasting() : refused;
      }
      throw guard.fired() ? timedOut(noAnswer, marked) : aborted(marked);
    }
    if (guard.fired()) {
      connection.abort(noAnswer);
      throw timedOut(noAnswer, null);
    }
    // Closed here or by the thread that aborts: each reads after it has written.
    if (sockets.isAborted()) {
      connection.abort(sockets.abortReason());
    }
    return connection;
  }

  /**
   * Makes an attempt on this thread.
   *
   * @param abandoned whether nobody waits for the connection by now
   */
  static PhysicalConnection by(
      ConnectionSockets sockets, Duration timeout, Attempt attempt, BooleanSupplier abandoned)
      throws SQLException {
    CURRENT.set(sockets);
    try {
      PhysicalConnection connection = attempt.open(sockets, timeout);
      if (abandoned.getAsBoolean()) {
        connection.abort();
      }
      return connection;
    } finally {
      CURRENT.remove();
    }
  }

  private static SQLException timedOut(String noAnswer, @Nullable SQLException failure) {
    SocketTimeoutException cause = new SocketTimeoutException(noAnswer);
    if (failure != null) {
      cause.addSuppressed(failure);
    }
    return new PSQLException(
        "The connection attempt timed out: " + noAnswer,
        PSQLState.CONNECTION_UNABLE_TO_CONNECT,
        cause);
  }

  /** Returns the error for a failure after an abort; an error that the server sent is kept. */
  private SQLException aborted(SQLException failure) {
    boolean saidByServer =
        failure instanceof PSQLException raised && raised.getServerErrorMessage() != null;
    String reason = sockets.abortReason();
    return saidByServer || reason == null
        ? failure
        : new PSQLException(
            "The connection attempt to " + endpoint + " was aborted: " + reason,
            PSQLState.CONNECTION_UNABLE_TO_CONNECT,
            failure);
  }

  /**
   * Aborts the connection, open or not, since its server is given up. What the server has sent and
   * was not read yet may be its last words, which tell the end of one backend from that of all; so
   * there is {@value #LAST_WORDS_MILLIS} ms to read them first. Does not block.
   *
   * @param reason why, for a human reader
   */
  @SuppressWarnings("resource") // A connection that has ended by itself is aborted in vain.
  public void giveUp(String reason) {
    Duration grace = Duration.ofMillis(sockets.hasInput() ? LAST_WORDS_MILLIS : 0);
    DeadlineGuard.abortAfter(grace, () -> abort(reason));
  }

  /**
   * Aborts the connection, open or not: a wait for its server fails at once. Does not block.
   *
   * @param reason why, for a human reader
   */
  public void abort(String reason) {
    if (password != null) {
      password.abort();
    }
    sockets.abort(reason);
    PhysicalConnection connection = opened;
    if (connection != null) {
      connection.abort(reason);
    }
  }
}

package io.baton.routing.monitor;

import io.baton.routing.topology.Endpoint;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one connection of a background thread at a time. Another thread can abort it for good, while
 * it is opened and after that.
 *
 * <p>All but {@link #abort} and {@link #giveUp} is for the one thread that uses the connection.
 */
public final class AbortableConnection {

  private static final Logger log = LoggerFactory.getLogger(AbortableConnection.class);

  private static final Executor SAME_THREAD = Runnable::run;
  private static final String REASON = "the last connection to the cluster was closed";

  private final Connector connector;
  private volatile @Nullable ConnectionAttempt attempt;
  private volatile @Nullable Connection connection;
  private volatile boolean aborted;

  /** Makes one that is not open. */
  public AbortableConnection(Connector connector) {
    this.connector = connector;
  }

  /**
   * Opens it.
   *
   * @param timeout how long it may take
   * @throws SQLException if that fails, or it was aborted
   */
  public Connection open(Endpoint endpoint, Duration timeout) throws SQLException {
    ConnectionAttempt present = connector.attempt(endpoint, timeout);
    attempt = present;
    try {
      // An abort is seen here, or it sees what was written before: each looks after it has written.
      refuseIfAborted();
      Connection opened = present.open();
      connection = opened;
      if (aborted) {
        close();
        refuseIfAborted();
      }
      return opened;
    } finally {
      attempt = null;
    }
  }

  private void refuseIfAborted() throws SQLException {
    if (aborted) {
      throw new SQLException(REASON, "08003");
    }
  }

  /** The connection; null while it is not open. */
  public @Nullable Connection current() {
    return connection;
  }

  /**
   * Whether another process serves it than the start of the connection has named: then a pooler is
   * between.
   *
   * @param answering the process that answers on it
   */
  boolean isServedByAnother(int answering) throws SQLException {
    Connection current = connection;
    OptionalInt named = current == null ? OptionalInt.empty() : connector.backendProcessId(current);
    return named.isPresent() && named.getAsInt() != answering;
  }

  /** Whether the server may count it: it is open, or is being opened. For any thread. */
  boolean mayBeCounted() {
    return connection != null || attempt != null;
  }

  /** Closes it, if it is open; it can be opened again. */
  public void close() {
    Connection current = connection;
    connection = null;
    if (current != null) {
      try {
        current.close();
      } catch (SQLException | RuntimeException alreadyUseless) {
        log.debug("A connection of the cluster could not be closed", alreadyUseless);
      }
    }
  }

  /**
   * Ends what waits for the server; it can be opened again. Does not block, and may be called by
   * any thread.
   */
  public void giveUp(String reason) {
    ConnectionAttempt present = attempt;
    if (present != null) {
      present.abort(reason);
    }
    abortCurrent();
  }

  /** Ends what waits for the server, and keeps it from being opened again. Does not block. */
  public void abort() {
    aborted = true;
    ConnectionAttempt present = attempt;
    if (present != null) {
      present.abort(REASON);
    }
    abortCurrent();
  }

  private void abortCurrent() {
    Connection current = connection;
    if (current != null) {
      try {
        current.abort(SAME_THREAD);
      } catch (SQLException | RuntimeException alreadyUseless) {
        log.debug("A connection of the cluster could not be aborted", alreadyUseless);
      }
    }
  }
}

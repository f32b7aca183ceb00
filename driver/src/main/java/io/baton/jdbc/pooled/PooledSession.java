package io.baton.jdbc.pooled;

import io.baton.BatonConnection;
import io.baton.jdbc.pgjdbc.PgErrors;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import javax.sql.ConnectionEvent;
import javax.sql.ConnectionEventListener;
import javax.sql.PooledConnection;
import javax.sql.StatementEventListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection that a pool keeps, while one application after the other uses it through a handle.
 *
 * <p>Its listeners are told of an error if and only if the session has ended, once. A session that
 * was restored on another server has not ended, and whoever pools it need not know.
 *
 * <p>As JDBC prescribes, one handle is open at a time: another one closes it.
 *
 * <p>Thread-safe as {@link BatonConnection} is; listeners are called by the thread whose call found
 * the session ended.
 */
public class PooledSession implements PooledConnection {

  private static final Logger LOG = LoggerFactory.getLogger(PooledSession.class);

  private final BatonConnection connection;
  private final HandleRules rules;
  private final List<ConnectionEventListener> listeners = new CopyOnWriteArrayList<>();
  private final AtomicBoolean endIsTold = new AtomicBoolean();
  private volatile @Nullable ConnectionHandle handle;
  private volatile boolean closed;

  /**
   * Makes a pooled connection.
   *
   * @param connection the session behind it, which is closed with it
   */
  public PooledSession(BatonConnection connection, HandleRules rules) {
    this.connection = connection;
    this.rules = rules;
  }

  /**
   * Returns a handle for the application; one that is still open is closed.
   *
   * @throws SQLException 08003 if this is closed, or the session has ended
   */
  @Override
  public Connection getConnection() throws SQLException {
    if (closed || connection.isClosed()) {
      SQLException ended = PgErrors.pooledConnectionClosed();
      tellEnd(ended);
      throw ended;
    }
    try {
      ConnectionHandle before = handle;
      if (before != null) {
        before.end();
        rules.replaced(connection);
        connection.clearWarnings();
      }
      rules.opened(connection);
    } catch (SQLException failure) {
      check(failure);
      throw failure;
    }
    ConnectionHandle next = new ConnectionHandle(this, connection, rules);
    handle = next;
    return next.proxy();
  }

  /** The application has closed a handle. */
  void closed(ConnectionHandle ended) {
    if (handle == ended) {
      handle = null;
    }
    try {
      if (connection.isClosed()) {
        tellEnd(PgErrors.pooledConnectionClosed());
      }
    } catch (SQLException unexpected) {
      LOG.debug("{} does not say whether it is closed", connection, unexpected);
    }
    ConnectionEvent event = new ConnectionEvent(this);
    tell(listener -> listener.connectionClosed(event));
  }

  /** Tells the listeners, if it is so, that the session has ended by this failure. */
  public final void check(SQLException failure) {
    try {
      if (!closed && connection.isClosed()) {
        tellEnd(failure);
      }
    } catch (SQLException unexpected) {
      failure.addSuppressed(unexpected);
    }
  }

  private void tellEnd(SQLException failure) {
    if (endIsTold.compareAndSet(false, true)) {
      ConnectionEvent event = new ConnectionEvent(this, failure);
      tell(listener -> listener.connectionErrorOccurred(event));
    }
  }

  private void tell(Consumer<ConnectionEventListener> event) {
    for (ConnectionEventListener listener : listeners) {
      try {
        event.accept(listener);
      } catch (RuntimeException theirs) {
        LOG.warn("A listener of a pooled connection failed", theirs);
      }
    }
  }

  /** Closes the session, and with it the handle that is open. */
  @Override
  public void close() throws SQLException {
    closed = true;
    ConnectionHandle open = handle;
    if (open != null) {
      open.end();
    }
    connection.close();
  }

  @Override
  public void addConnectionEventListener(ConnectionEventListener listener) {
    listeners.add(listener);
  }

  @Override
  public void removeConnectionEventListener(ConnectionEventListener listener) {
    listeners.remove(listener);
  }

  /** Does nothing, as with pgjdbc: statements are not pooled. */
  @Override
  public void addStatementEventListener(StatementEventListener listener) {}

  /** Does nothing. */
  @Override
  public void removeStatementEventListener(StatementEventListener listener) {}

  /** Names the session and its server. */
  @Override
  public String toString() {
    return "Pooled " + connection;
  }
}

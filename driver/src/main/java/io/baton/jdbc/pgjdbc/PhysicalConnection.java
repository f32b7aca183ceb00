package io.baton.jdbc.pgjdbc;

import io.baton.routing.topology.Endpoint;
import io.baton.session.SessionState.Temporary;
import io.baton.session.TransactionStatus;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.PGStatement;
import org.postgresql.core.BaseConnection;
import org.postgresql.jdbc.AutoSave;
import org.postgresql.jdbc.PreferQueryMode;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * One connection to one server: what a logical connection stands on, until it moves to another.
 *
 * <p>Confined to the calls of its logical connection, but for {@link #condemn} and {@link #abort},
 * which any thread may call.
 */
public final class PhysicalConnection {

  private static final String FAIL_IN_BLOCK = "ROLLBACK TO SAVEPOINT baton_transaction_lost";

  private static final String SERIALIZATION_FAILURE = "40001";
  private static final String DEADLOCK = "40P01";

  // Values of the prepare threshold of the driver's statements.
  private static final int FORCED_BINARY = -1;
  private static final int NEVER_PREPARED = 0;

  private final Endpoint endpoint;
  private final BaseConnection connection;
  private volatile @Nullable String condemnation;
  private volatile boolean exposed;
  private volatile boolean onPrimary;
  private final long opened = System.nanoTime();

  PhysicalConnection(Endpoint endpoint, BaseConnection connection) {
    this.endpoint = endpoint;
    this.connection = connection;
  }

  /** The server this is a connection to. */
  public Endpoint endpoint() {
    return endpoint;
  }

  /** The process that serves this connection. */
  public int backendProcess() {
    return connection.getBackendPID();
  }

  /** How long ago the connection was opened. */
  public Duration age() {
    return Duration.ofNanos(System.nanoTime() - opened);
  }

  /** The connection of the PostgreSQL driver; it implements {@link PGConnection} as well. */
  public Connection connection() {
    return connection;
  }

  /** The transaction block as the server last reported it; asks nobody. */
  public TransactionStatus transactionStatus() {
    return switch (connection.getTransactionState()) {
      case IDLE -> TransactionStatus.IDLE;
      case OPEN -> TransactionStatus.OPEN;
      case FAILED -> TransactionStatus.FAILED;
    };
  }

  /** Whether nothing can be sent through this connection any more. Never reaches the server. */
  public boolean isSevered() {
    try {
      return condemnation != null || connection.isClosed();
    } catch (SQLException unexpected) {
      return true;
    }
  }

  /**
   * Whether a failure of a call ended this connection. The server says FATAL or PANIC when it ends
   * one; a failure that the server did not send is the driver's, and of class 08 when the
   * connection broke.
   */
  public boolean isSeveredBy(SQLException failure) {
    if (isSevered()) {
      return true;
    }
    ServerErrorMessage said =
        failure instanceof PSQLException raised ? raised.getServerErrorMessage() : null;
    if (said != null) {
      String severity = said.getSeverity();
      return "FATAL".equals(severity) || "PANIC".equals(severity);
    }
    String state = failure.getSQLState();
    return failure instanceof PSQLException && "08006".equals(state);
  }

  /**
   * Whether the driver itself gave this connection up, on a server that is well: it does so when
   * the application sets a date style or an encoding that it cannot read. Such a failure has
   * neither an error of the network behind it nor one of the server.
   */
  public boolean isGivenUpByDriver(SQLException failure) {
    return failure instanceof PSQLException raised
        && raised.getServerErrorMessage() == null
        && raised.getCause() == null
        && "08006".equals(raised.getSQLState())
        && condemnation == null;
  }

  /** Whether the server last reported to be a standby (PostgreSQL 14 and newer report it). */
  public boolean isOnStandby() {
    if (onPrimary) {
      return false;
    }
    // A standby may be promoted; a primary ends all connections before it is a standby.
    onPrimary = !"on".equals(connection.getParameterStatus("in_hot_standby"));
    return !onPrimary;
  }

  /** Whether the server reads backslashes in plain strings as plain, as it last reported. */
  public boolean standardConformingStrings() {
    return connection.getStandardConformingStrings();
  }

  /**
   * Whether a text of several statements is sent in one round trip, and nothing is sent between
   * them.
   */
  public boolean sendsTextsWhole() {
    return connection.getAutosave() == AutoSave.NEVER
        && connection.getPreferQueryMode() != PreferQueryMode.SIMPLE;
  }

  /**
   * Takes over the defaults that were set on another connection through {@link PGConnection}: the
   * driver keeps them in memory, so a connection that is gone still tells them.
   */
  public void takeDefaultsOf(PhysicalConnection other) throws SQLException {
    PGConnection source = other.connection;
    PGConnection target = connection;
    target.setPrepareThreshold(source.getPrepareThreshold());
    target.setDefaultFetchSize(source.getDefaultFetchSize());
    target.setAutosave(source.getAutosave());
    target.setAdaptiveFetch(source.getAdaptiveFetch());
  }

  /**
   * Takes over what the temporary relations of another connection hold; they exist here, empty.
   *
   * @throws SQLException if a server refuses
   */
  public void takeTemporaryRowsOf(PhysicalConnection other, Map<String, Temporary> temporaries)
      throws SQLException {
    new TemporaryRows(other.connection, connection).copy(temporaries);
  }

  /** The notifications that have arrived and were not fetched yet; asks nobody. */
  public List<PGNotification> takeNotifications() throws SQLException {
    PGNotification[] arrived = connection.getNotifications();
    return arrived == null ? List.of() : List.of(arrived);
  }

  /**
   * Puts the server into a transaction that has failed, as one is after an error: so it is the
   * server itself that refuses every statement until the application rolls back.
   *
   * @throws SQLException if the connection breaks meanwhile
   */
  public void enterFailedTransaction() throws SQLException {
    AutoSave autosave = connection.getAutosave();
    connection.setAutosave(AutoSave.NEVER);
    try (Statement statement = connection.createStatement()) {
      if (connection.getAutoCommit()) {
        statement.execute("BEGIN");
      }
      statement.execute(FAIL_IN_BLOCK);
    } catch (SQLException refused) {
      if (isSeveredBy(refused)) {
        throw refused;
      }
    } finally {
      connection.setAutosave(autosave);
    }
  }

  /** Rolls the open or failed transaction back, whoever began it. */
  public void rollBack() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("ROLLBACK");
    }
  }

  /** Whether the server could not fit a transaction in with others: it may be run again. */
  public boolean isConflict(SQLException failure) {
    String state = failure.getSQLState();
    return SERIALIZATION_FAILURE.equals(state) || DEADLOCK.equals(state);
  }

  /**
   * Has the values of the next result come in the binary format of their types, or in their text
   * format: the same value has different bytes in the two.
   */
  public void askForBinary(Statement statement, boolean binary) throws SQLException {
    ((PGStatement) statement).setPrepareThreshold(binary ? FORCED_BINARY : NEVER_PREPARED);
  }

  /** The application has the driver's own object in its hands from now on. */
  public void expose() {
    exposed = true;
  }

  /** Whether calls may be made on this connection that nobody else sees. */
  public boolean isExposed() {
    return exposed;
  }

  /**
   * Ends this connection at once from any thread: a call in flight fails, and none is sent any
   * more.
   *
   * @param reason why, for people
   */
  public void condemn(String reason) {
    condemnation = reason;
    abort();
  }

  /** Why this connection was condemned, or null if it was not. */
  public @Nullable String condemnation() {
    return condemnation;
  }

  /** Closes the socket without a word to the server. */
  public void abort() {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException alreadyClosed) {
      // Nothing is left to abort.
    }
  }

  /** Takes leave of the server; failures mean that there is nobody to take leave of. */
  public void close() {
    try {
      connection.close();
    } catch (SQLException gone) {
      // The connection is gone either way.
    }
  }

  @Override
  public String toString() {
    return endpoint + " pid " + connection.getBackendPID();
  }
}

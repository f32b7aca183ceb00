package io.baton.jdbc.pgjdbc;

import io.baton.routing.topology.Endpoint;
import io.baton.session.TransactionStatus;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.PGStatement;
import org.postgresql.core.BaseConnection;
import org.postgresql.jdbc.AutoSave;
import org.postgresql.jdbc.PgConnection;
import org.postgresql.jdbc.PreferQueryMode;
import org.postgresql.util.PGobject;
import org.postgresql.util.PSQLException;

/**
 * A connection to one server, which a session uses until it moves to another.
 *
 * <p>Confined to the calls of its session, except {@link #abort}, which any thread may call.
 */
public final class PhysicalConnection {

  private static final String FAIL_IN_BLOCK = "ROLLBACK TO SAVEPOINT baton_transaction_lost";

  /**
   * Does nothing. It is not empty: the driver keeps one empty statement for each connection, and
   * may have prepared that on the server, where the application may have deallocated it.
   */
  private static final String NOTHING = "/* Baton */";

  private static final String WARNING = "01000";
  private static final String SERIALIZATION_FAILURE = "40001";
  private static final String DEADLOCK = "40P01";

  // Values of the prepare threshold of the driver's statements.
  static final int FORCED_BINARY = -1;
  static final int NEVER_PREPARED = 0;

  private final Endpoint endpoint;
  private final BaseConnection connection;
  private final boolean offline;
  private final ConnectionSockets sockets;
  private final ResultLimit resultLimit;
  private final StatementFormats formats;
  private volatile boolean exposed;
  private volatile boolean onPrimary;
  private long opened = System.nanoTime();

  PhysicalConnection(
      Endpoint endpoint,
      BaseConnection connection,
      ConnectionSockets sockets,
      ResultLimit resultLimit) {
    this(endpoint, connection, sockets, resultLimit, false);
  }

  private PhysicalConnection(
      Endpoint endpoint,
      BaseConnection connection,
      ConnectionSockets sockets,
      ResultLimit resultLimit,
      boolean offline) {
    this.endpoint = endpoint;
    this.connection = connection;
    this.sockets = sockets;
    this.resultLimit = resultLimit;
    this.offline = offline;
    this.formats = new StatementFormats(connection);
  }

  /** See {@link PgConnector#offline}. */
  PhysicalConnection offline(String url, Properties properties, int networkTimeoutMillis)
      throws SQLException {
    BaseConnection like = OfflineConnection.like(connection, url, properties);
    like.setNetworkTimeout(Runnable::run, networkTimeoutMillis);
    PhysicalConnection without =
        new PhysicalConnection(endpoint, like, new ConnectionSockets(), ResultLimit.none(), true);
    without.takeDefaultsOf(this);
    return without;
  }

  /** Returns whether it has no server, only what the driver holds in memory. */
  public boolean isOffline() {
    return offline;
  }

  /** Returns the endpoint of its server. */
  public Endpoint endpoint() {
    return endpoint;
  }

  /** Returns the process id of its backend. */
  public int backendProcess() {
    return connection.getBackendPID();
  }

  /** Counts the connection, which was opened ahead, as opened now. */
  public void beginsNow() {
    opened = System.nanoTime();
    onPrimary = false;
  }

  /** Returns whether the server has sent what was not read yet. Never waits for it. */
  public boolean hasInput() {
    return sockets.hasInput();
  }

  /** Returns how long ago the connection was opened. */
  public Duration age() {
    return Duration.ofNanos(System.nanoTime() - opened);
  }

  /**
   * Returns the connection of the PostgreSQL driver; it implements {@link PGConnection} as well.
   */
  public Connection connection() {
    return connection;
  }

  /** Work on the connection of the PostgreSQL driver. */
  @FunctionalInterface
  public interface Work<R> {
    /** Does it. */
    R on(Connection connection) throws SQLException;
  }

  /**
   * Does work of Baton's own, of which no limit of the application counts the results, and whose
   * texts may have several statements: see {@link #forcesBinary}.
   *
   * @throws SQLException what the work throws
   */
  public <R> R own(Work<R> work) throws SQLException {
    resultLimit.lift();
    try {
      return forcesBinary() ? inText(work) : work.on(connection);
    } finally {
      resultLimit.restore();
    }
  }

  /**
   * Does work with statements that are made in it, of which all values come in the text format.
   *
   * @throws SQLException what the work throws
   */
  public <R> R inText(Work<R> work) throws SQLException {
    formats.holdText();
    try {
      return work.on(connection);
    } finally {
      formats.release();
    }
  }

  /** Returns a number to be asked for before a statement is made: see {@link #format}. */
  public long formatChanges() {
    return formats.changes();
  }

  /**
   * Gives a statement that was made for the application what the application has set, if work in
   * another thread had its values come as text meanwhile.
   *
   * @param seen the number of before
   */
  public void format(Statement made, long seen) throws SQLException {
    formats.format(made, seen);
  }

  /** Returns the prepare threshold that the application has set. */
  public int prepareThreshold() {
    return formats.threshold();
  }

  /** Sets the prepare threshold of the application's statements. */
  public void setPrepareThreshold(int threshold) {
    formats.setThreshold(threshold);
  }

  /**
   * Does work of Baton's own in autocommit mode, outside a transaction, and restores the mode.
   *
   * @throws SQLException what the work throws
   */
  public <R> R inAutocommit(Work<R> work) throws SQLException {
    if (connection.getAutoCommit()) {
      return own(work);
    }
    // With readOnlyMode=always, the mode of the session would change with that of the transactions.
    boolean readOnly = connection.isReadOnly();
    if (readOnly) {
      connection.setReadOnly(false);
    }
    // Without a transaction, the driver sends nothing for either.
    connection.setAutoCommit(true);
    try {
      return own(work);
    } finally {
      if (!isSevered()) {
        connection.setAutoCommit(false);
        if (readOnly) {
          connection.setReadOnly(true);
        }
      }
    }
  }

  /**
   * Runs a command as it is: without a BEGIN ahead of it, whatever the mode of the connection.
   *
   * @param connection a connection of the PostgreSQL driver
   * @throws SQLException what the server says
   */
  public static void executeAsItIs(Connection connection, String command) throws SQLException {
    ((BaseConnection) connection).execSQLUpdate(command);
  }

  /**
   * Has the server answer a statement that does nothing, run as {@link #executeAsItIs}.
   *
   * @param connection a connection of the PostgreSQL driver
   * @throws SQLException what the server says: that the transaction has failed (25P02), for example
   */
  public static void askForSign(Connection connection) throws SQLException {
    executeAsItIs(connection, NOTHING);
  }

  /**
   * Reads the first column of a query, run as {@link #executeAsItIs}.
   *
   * @param connection a connection of the PostgreSQL driver
   * @throws SQLException what the server says
   */
  public static List<String> readAsItIs(Connection connection, String query) throws SQLException {
    List<String> values = new ArrayList<>();
    try (ResultSet rows = ((BaseConnection) connection).execSQLQuery(query)) {
      while (rows.next()) {
        values.add(rows.getString(1));
      }
    }
    return values;
  }

  /**
   * Looks whether the server has sent something while nothing was asked of it, such as the end of
   * the connection. If it has, it is asked to answer an empty statement, which fails if it was the
   * end. If it has not, nothing is sent, and nothing is waited for.
   *
   * <p>To be called outside of a transaction.
   *
   * @throws SQLException what the server had to say, if it has ended the connection
   */
  public void noticeEnd() throws SQLException {
    if (sockets.hasInput()) {
      inAutocommit(
          idle -> {
            try (Statement statement = idle.createStatement()) {
              statement.execute(NOTHING);
            }
            return true;
          });
    }
  }

  /** Returns the transaction status that the server reported last; never reaches the server. */
  public TransactionStatus transactionStatus() {
    return switch (connection.getTransactionState()) {
      case IDLE -> TransactionStatus.IDLE;
      case OPEN -> TransactionStatus.OPEN;
      case FAILED -> TransactionStatus.FAILED;
    };
  }

  /**
   * Returns whether the connection is severed: nothing can be sent any more. Never reaches the
   * server.
   */
  public boolean isSevered() {
    try {
      return sockets.isAborted() || connection.isClosed();
    } catch (SQLException unexpected) {
      return true;
    }
  }

  /**
   * Returns whether a failure of a call ended this connection. The server reports FATAL or PANIC
   * when it ends a connection; a failure that the server did not send is the driver's, and of class
   * 08 if the connection broke.
   */
  public boolean isSeveredBy(SQLException failure) {
    if (isSevered()) {
      return true;
    }
    if (failure instanceof PSQLException raised && raised.getServerErrorMessage() != null) {
      return PgErrors.isEnd(failure);
    }
    String state = failure.getSQLState();
    return failure instanceof PSQLException && "08006".equals(state);
  }

  /**
   * Returns whether the driver itself closed this connection, on a healthy server: it does so when
   * the application sets a date style or an encoding that it cannot read. Such a failure is caused
   * neither by the network nor by the server.
   */
  public boolean isGivenUpByDriver(SQLException failure) {
    return failure instanceof PSQLException raised
        && raised.getServerErrorMessage() == null
        && raised.getCause() == null
        && "08006".equals(raised.getSQLState())
        && !sockets.isAborted();
  }

  /**
   * Returns whether the server last reported to be a standby (PostgreSQL 14 and newer report it).
   */
  public boolean isOnStandby() {
    if (onPrimary) {
      return false;
    }
    // A standby can be promoted; a primary ends all connections before it becomes a standby.
    onPrimary = !"on".equals(connection.getParameterStatus("in_hot_standby"));
    return !onPrimary;
  }

  /** Returns the value of {@code standard_conforming_strings} that the server reported last. */
  public boolean standardConformingStrings() {
    return connection.getStandardConformingStrings();
  }

  /**
   * Returns whether a text of several statements is sent in one round trip, with nothing in
   * between.
   */
  public boolean sendsTextsWhole() {
    return connection.getAutosave() == AutoSave.NEVER && describesStatements();
  }

  /**
   * Returns whether each statement asks for binary results from its first run on (a prepare
   * threshold below 0): the driver then asks in the same way for those of all statements of a text,
   * which the server refuses.
   */
  public boolean forcesBinary() {
    return formats.forcesBinary();
  }

  /** Returns whether the server can be asked for the types of a statement's parameters. */
  public boolean describesStatements() {
    return connection.getPreferQueryMode() != PreferQueryMode.SIMPLE;
  }

  /**
   * Copies the defaults that were set on another connection through {@link PGConnection}: the
   * driver keeps them in memory, so they can be read from a lost connection.
   */
  public void takeDefaultsOf(PhysicalConnection other) throws SQLException {
    take(other.defaults());
  }

  /** Returns the defaults that were set through {@link PGConnection}; never reaches the server. */
  public ConnectionDefaults defaults() throws SQLException {
    PGConnection source = connection;
    return new ConnectionDefaults(
        prepareThreshold(),
        source.getDefaultFetchSize(),
        source.getAutosave().value(),
        source.getAdaptiveFetch());
  }

  /**
   * Sets such defaults.
   *
   * @throws SQLException 22023 if they are none
   */
  public void take(ConnectionDefaults defaults) throws SQLException {
    PGConnection target = connection;
    setPrepareThreshold(defaults.prepareThreshold());
    target.setDefaultFetchSize(defaults.fetchSize());
    target.setAutosave(autosave(defaults.autosave()));
    target.setAdaptiveFetch(defaults.adaptiveFetch());
  }

  private static AutoSave autosave(String value) throws SQLException {
    try {
      return AutoSave.of(value);
    } catch (IllegalArgumentException none) {
      throw new SQLException("\"" + value + "\" is no value of autosave", "22023", none);
    }
  }

  /**
   * Registers the class of a type's values. The driver asks the server for the type if its values
   * can be binary, so without a server it is told of the class alone.
   *
   * @throws SQLException if the connection breaks
   */
  public void addDataType(String name, Class<? extends PGobject> type) throws SQLException {
    if (offline) {
      connection.getTypeInfo().addDataType(name, type);
    } else {
      connection.addDataType(name, type);
    }
  }

  /**
   * Copies the content of the temporary relations of another connection; they exist here, empty.
   *
   * @throws SQLException if a server refuses
   */
  public void takeTemporaryRowsOf(PhysicalConnection other) throws SQLException {
    new TemporaryRows(other.connection, connection).copy();
  }

  /**
   * Returns the notifications that have arrived and were not fetched yet; never reaches the server.
   */
  public List<PGNotification> takeNotifications() throws SQLException {
    PGNotification[] arrived = connection.getNotifications();
    return arrived == null ? List.of() : List.of(arrived);
  }

  /**
   * Returns the notifications that have arrived and were not fetched yet, and waits for the first.
   *
   * @param millis how long it waits; negative for not at all
   * @throws SQLException if the connection turns out to be gone
   */
  public PGNotification[] awaitNotifications(int millis) throws SQLException {
    PGNotification[] arrived = connection.getNotifications(millis);
    return arrived == null ? new PGNotification[0] : arrived;
  }

  /** Adds a warning to those that the application finds on its connection. */
  public void warn(String message) {
    warn(new SQLWarning(message, WARNING));
  }

  /** Adds a warning, and those that it leads to. */
  public void warn(SQLWarning first) {
    if (connection instanceof PgConnection own) {
      own.addWarning(first);
    }
  }

  /**
   * Takes the warnings off the connection.
   *
   * @return the first, which leads to the others; null if there is none, or the connection is gone
   */
  public @Nullable SQLWarning takeWarnings() {
    try {
      SQLWarning first = connection.getWarnings();
      if (first != null) {
        connection.clearWarnings();
      }
      return first;
    } catch (SQLException gone) {
      return null;
    }
  }

  /**
   * Begins a transaction on the server and makes it fail, so that the server itself refuses every
   * statement until the application rolls back.
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

  /**
   * Asks the server to cancel what runs on this connection, from any thread.
   *
   * @throws SQLException if it cannot be reached
   */
  public void cancelQuery() throws SQLException {
    connection.cancelQuery();
  }

  /** Rolls back the open or failed transaction, also one that the application has begun in SQL. */
  public void rollBack() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("ROLLBACK");
    }
  }

  /**
   * Rolls back the open or failed transaction, and has {@code currval} and {@code lastval} know
   * nothing of what it drew, as on a new connection.
   */
  public void rollBackWithKeys() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("ROLLBACK;DISCARD SEQUENCES");
    }
  }

  /**
   * Returns whether a failure is a conflict between transactions, after which the transaction may
   * be run again.
   */
  public boolean isConflict(SQLException failure) {
    String state = failure.getSQLState();
    return SERIALIZATION_FAILURE.equals(state) || DEADLOCK.equals(state);
  }

  /**
   * Requests the binary or the text format for the values of the next result: the same value has
   * different bytes in the two.
   */
  public void askForBinary(Statement statement, boolean binary) throws SQLException {
    ((PGStatement) statement).setPrepareThreshold(binary ? FORCED_BINARY : NEVER_PREPARED);
  }

  /** Records that the application has been given the driver's own connection. */
  public void expose() {
    exposed = true;
  }

  /** Returns whether the application may make calls on this connection that Baton does not see. */
  public boolean isExposed() {
    return exposed;
  }

  /**
   * Ends this connection at once, without a message to the server: a call in flight fails, also one
   * that waits for the end of its cancel request, and none is sent any more. Any thread may call
   * it; it does not block.
   *
   * @param reason why, for a human reader
   */
  public void abort(@Nullable String reason) {
    // First the sockets themselves: closing an encrypted one may wait for a thread that writes to
    // it.
    sockets.abort(reason);
    try {
      connection.abort(Runnable::run);
    } catch (SQLException alreadyClosed) {
      // Nothing is left to abort.
    }
  }

  /** Ends this connection at once, for no stated reason. */
  public void abort() {
    abort(null);
  }

  /** Returns why this connection was aborted; null if it was not, or for no stated reason. */
  public @Nullable String abortReason() {
    return sockets.abortReason();
  }

  /** Returns the number of its open sockets. */
  int sockets() {
    return sockets.size();
  }

  /** Closes the connection; a failure to do so is ignored. */
  public void close() {
    try {
      connection.close();
    } catch (SQLException gone) {
      // The connection is gone either way.
    }
  }

  @Override
  public String toString() {
    return endpoint + (offline ? " without a server" : " pid " + connection.getBackendPID());
  }
}

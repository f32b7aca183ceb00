package io.baton.jdbc;

import io.baton.engine.CallInputs;
import io.baton.engine.CallTrace;
import io.baton.engine.Target;
import io.baton.jdbc.pgjdbc.PgResults;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.jdbc.pgjdbc.StatementSettings;
import io.baton.session.journal.ReplayBlocker;
import io.baton.session.sql.StatementAnalysis;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The statement of the application. It outlives its physical statement, which is created again,
 * with the same settings, on the connection that a call is routed to.
 */
class RoutedStatement extends DelegatingStatement implements Target<Statement> {

  private final StatementOrigin<?> origin;

  /**
   * The physical connection that the delegate belongs to; null if the delegate only holds the
   * results of its last call, which ran another text.
   */
  private @Nullable Connection home;

  /** The delegate on a connection that was left, with results of the last call; null if none. */
  private @Nullable Statement former;

  private boolean escapeProcessing = true;

  /** The texts of the batch; immutable while there are none. */
  private List<String> batch = List.of();

  private final GivenResults given = new GivenResults(this);

  /** The last text that it was given to run; null before the first. */
  private @Nullable StatementAnalysis lastText;

  /** What recorded calls keep of this statement; null if none was recorded. */
  private @Nullable RecordedStatement recordedAs;

  /**
   * Wraps a statement that was just created.
   *
   * @param origin creates another one like it on another connection
   */
  RoutedStatement(RoutedConnection connection, Statement made, StatementOrigin<?> origin)
      throws SQLException {
    super(connection, made);
    this.home = made.getConnection();
    this.origin = origin;
  }

  @Override
  public final Statement on(PhysicalConnection physical) throws SQLException {
    if (physical.connection() != home) {
      moveTo(physical);
    }
    return delegate;
  }

  private void moveTo(PhysicalConnection physical) throws SQLException {
    Statement left = delegate;
    if (left.isClosed()) {
      return; // A closed statement throws its own error from every call.
    }
    Statement made = standby(physical);
    if (made == null) {
      made = origin.on(physical);
      made.setEscapeProcessing(escapeProcessing);
      StatementSettings.copy(left, made);
      bindAgain(made);
    } else {
      StatementSettings.copy(left, made);
    }
    delegate = made;
    home = physical.connection();
    if (former == null && left.getConnection() != home) {
      former = left; // It stays open until the next call: rows that it holds can still be read.
    }
  }

  /**
   * Returns a physical statement on a connection that has all that the application has bound to
   * this one, though it is not the delegate now; null if there is none.
   */
  @Nullable Statement standby(PhysicalConnection physical) {
    return null;
  }

  /** Returns another physical statement, which runs another text, without any settings. */
  final Statement anew(PhysicalConnection physical, String text) throws SQLException {
    Statement made = origin.with(text).on(physical);
    made.setEscapeProcessing(escapeProcessing);
    return made;
  }

  /**
   * Makes a statement with another text the delegate until the next call that is not for its
   * results.
   */
  final void standIn(Statement other) {
    delegate = other;
    home = null;
  }

  @Override
  final void renew() throws SQLException {
    on(connection.session().physical());
  }

  /**
   * Moves the delegate to the current connection of the session, ahead of an argument that cannot
   * be bound again.
   */
  final void bindHere() throws SQLException {
    if (connection.session().isClosed()) {
      return;
    }
    PhysicalConnection physical = connection.session().physical();
    if (physical.connection() != home && !physical.isSevered()) {
      moveTo(physical);
    }
  }

  @Override
  final @Nullable ResultSet wrapped(@Nullable ResultSet result) throws SQLException {
    return result == null ? null : given.of(result);
  }

  /** Returns what the last call returned, which is a result. */
  final RoutedResultSet returned() {
    return given.returned();
  }

  @Override
  public @Nullable ResultSet getResultSet() throws SQLException {
    if (given.areRecorded()) {
      try {
        return given.result();
      } catch (SQLException closed) {
        // What a replay has left behind; the call below goes on to what took its place.
      }
    }
    return super.getResultSet();
  }

  @Override
  public ResultSet getGeneratedKeys() throws SQLException {
    return given.keys();
  }

  @Override
  public boolean getMoreResults() throws SQLException {
    return movedOn(super.getMoreResults());
  }

  @Override
  public boolean getMoreResults(int current) throws SQLException {
    return movedOn(super.getMoreResults(current));
  }

  private boolean movedOn(boolean isResult) throws SQLException {
    if (given.areRecorded() && (isResult || delegate.getUpdateCount() >= 0)) {
      connection.session().block(ReplayBlocker.SEVERAL_RESULTS);
    }
    return isResult;
  }

  @Override
  public final int queryTimeoutSeconds() throws SQLException {
    return delegate.isClosed() ? 0 : delegate.getQueryTimeout();
  }

  @Override
  public final boolean warned(SQLWarning first) {
    PgResults.warn(delegate, first);
    return true;
  }

  @Override
  public final boolean changesRows() throws SQLException {
    return !delegate.isClosed() && delegate.getResultSetConcurrency() == ResultSet.CONCUR_UPDATABLE;
  }

  @Override
  public final boolean mayOpenCursor() throws SQLException {
    return delegate.getFetchSize() > 0;
  }

  @Override
  public void cancel() throws SQLException {
    if (!connection.session().cancel(this)) {
      super.cancel();
    }
  }

  // ------------------------------------------------------------------ journal of the transaction

  @Override
  public StatementInputs inputs() throws SQLException {
    return new StatementInputs(
        escapeProcessing,
        delegate.getMaxFieldSize(),
        delegate.getMaxRows(),
        delegate.getFetchSize(),
        List.copyOf(batch),
        null,
        List.of());
  }

  final boolean escapesProcessed() {
    return escapeProcessing;
  }

  @Override
  public Target<Statement> recordedAs() {
    RecordedStatement known = recordedAs;
    if (known == null) {
      known = new RecordedStatement(this, origin);
      recordedAs = known;
    }
    return known;
  }

  @Override
  public Target<Statement> apart() {
    return RecordedStatement.apart(origin);
  }

  @Override
  public final void recorded(@Nullable CallTrace call, @Nullable Object returned)
      throws SQLException {
    closeFormer();
    given.begin(call, returned);
  }

  /**
   * What was still read of it ends, as with the driver, with the next call, or the statement. The
   * call that went before is done: an error of a connection that is gone must not end it.
   */
  private void closeFormer() {
    Statement left = former;
    if (left != null) {
      former = null;
      try {
        left.close();
      } catch (SQLException gone) {
        // It ended with its connection.
      }
    }
  }

  @Override
  public void close() throws SQLException {
    super.close();
    closeFormer();
    given.goOver();
  }

  @Override
  public @Nullable SQLWarning getWarnings() throws SQLException {
    SQLWarning warnings = super.getWarnings();
    given.toldWarnings(warnings);
    return warnings;
  }

  @Override
  public void clearWarnings() throws SQLException {
    super.clearWarnings();
    given.clearedWarnings();
  }

  @Override
  public Object seen(Statement statement, @Nullable Object returned) throws SQLException {
    return answerOf(statement, returned);
  }

  /** Returns what the application is told by a call on any statement, in a form to be compared. */
  static Object answerOf(Statement statement, @Nullable Object returned) throws SQLException {
    if (returned instanceof ResultSet) {
      return "rows";
    }
    if (returned instanceof int[] counts) {
      return counts.clone();
    }
    if (returned instanceof long[] counts) {
      return counts.clone();
    }
    if (Boolean.FALSE.equals(returned)) {
      return statement.getLargeUpdateCount();
    }
    return Objects.requireNonNull(returned);
  }

  @Override
  public final Statement replaying(
      PhysicalConnection physical, @Nullable CallInputs given, @Nullable String text)
      throws SQLException {
    StatementInputs inputs = (StatementInputs) Objects.requireNonNull(given);
    Statement statement = RecordedStatement.made(origin, physical, text);
    if (!delegate.isClosed()) {
      StatementSettings.copy(delegate, statement);
    }
    inputs.putInto(statement);
    return statement;
  }

  @Override
  public final void replayed(PhysicalConnection physical, Statement statement, boolean otherText)
      throws SQLException {
    if (delegate.isClosed()) {
      statement.close(); // As the application closed this one.
      return;
    }
    Statement left = delegate;
    boolean isOfReplay = left.getConnection() == physical.connection();
    statement.setEscapeProcessing(escapeProcessing);
    StatementSettings.copy(left, statement);
    if (otherText) {
      standIn(statement);
    } else {
      StatementInputs.clear(statement);
      bindAgain(statement);
      delegate = statement;
      home = physical.connection();
    }
    if (given.areWarningsCleared()) {
      statement.clearWarnings();
    }
    if (isOfReplay && left != statement && !given.areReadFrom(left)) {
      left.close(); // As a statement that is executed again closes its last result.
    }
  }

  /** Binds to a new physical statement what the application had bound to the former one. */
  void bindAgain(Statement made) throws SQLException {
    for (String sql : batch) {
      made.addBatch(sql);
    }
  }

  /** Makes a call that may reach the server, on the connection that it is routed to. */
  final <R> R call(String sql, TextExecution.Call<R> call) throws SQLException {
    StatementAnalysis analysis = connection.analyze(sql);
    lastText = analysis;
    return connection.session().call(this, analysis, new TextExecution<>(sql, call));
  }

  /** Returns the text that its last call has run; null if that is not known. */
  @Nullable StatementAnalysis lastText() {
    return lastText;
  }

  @Override
  public ResultSet executeQuery(String sql) throws SQLException {
    call(sql, (statement, text) -> statement.executeQuery(text));
    return given.returned();
  }

  @Override
  public int executeUpdate(String sql) throws SQLException {
    return call(sql, (statement, text) -> statement.executeUpdate(text));
  }

  @Override
  public int executeUpdate(String sql, int autoGeneratedKeys) throws SQLException {
    return call(sql, (statement, text) -> statement.executeUpdate(text, autoGeneratedKeys));
  }

  @Override
  public int executeUpdate(String sql, int[] columnIndexes) throws SQLException {
    return call(sql, (statement, text) -> statement.executeUpdate(text, columnIndexes));
  }

  @Override
  public int executeUpdate(String sql, String[] columnNames) throws SQLException {
    return call(sql, (statement, text) -> statement.executeUpdate(text, columnNames));
  }

  @Override
  public long executeLargeUpdate(String sql) throws SQLException {
    return call(sql, (statement, text) -> statement.executeLargeUpdate(text));
  }

  @Override
  public long executeLargeUpdate(String sql, int autoGeneratedKeys) throws SQLException {
    return call(sql, (statement, text) -> statement.executeLargeUpdate(text, autoGeneratedKeys));
  }

  @Override
  public long executeLargeUpdate(String sql, int[] columnIndexes) throws SQLException {
    return call(sql, (statement, text) -> statement.executeLargeUpdate(text, columnIndexes));
  }

  @Override
  public long executeLargeUpdate(String sql, String[] columnNames) throws SQLException {
    return call(sql, (statement, text) -> statement.executeLargeUpdate(text, columnNames));
  }

  @Override
  public boolean execute(String sql) throws SQLException {
    return call(sql, (statement, text) -> statement.execute(text));
  }

  @Override
  public boolean execute(String sql, int autoGeneratedKeys) throws SQLException {
    return call(sql, (statement, text) -> statement.execute(text, autoGeneratedKeys));
  }

  @Override
  public boolean execute(String sql, int[] columnIndexes) throws SQLException {
    return call(sql, (statement, text) -> statement.execute(text, columnIndexes));
  }

  @Override
  public boolean execute(String sql, String[] columnNames) throws SQLException {
    return call(sql, (statement, text) -> statement.execute(text, columnNames));
  }

  @Override
  public void addBatch(String sql) throws SQLException {
    super.addBatch(sql);
    if (batch.isEmpty()) {
      batch = new ArrayList<>();
    }
    batch.add(sql);
  }

  @Override
  public void clearBatch() throws SQLException {
    super.clearBatch();
    batch = List.of();
  }

  @Override
  public int[] executeBatch() throws SQLException {
    try {
      return connection.session().call(this, batchAnalysis(), Statement::executeBatch);
    } finally {
      batch = List.of();
    }
  }

  @Override
  public long[] executeLargeBatch() throws SQLException {
    try {
      return connection.session().call(this, batchAnalysis(), Statement::executeLargeBatch);
    } finally {
      batch = List.of();
    }
  }

  /** Returns the analysis of the statements of the batch, taken together. */
  StatementAnalysis batchAnalysis() {
    return connection.analyze(String.join(";\n", batch));
  }

  @Override
  public void setEscapeProcessing(boolean enable) throws SQLException {
    super.setEscapeProcessing(enable);
    escapeProcessing = enable;
  }

  /** The driver's statement is one of a connection that works, as the driver's connection is. */
  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    if (!type.isInstance(this) && !delegate.isClosed()) {
      connection.session().handedOut().goToWriterThatAnswers();
      if (home != null) {
        bindHere();
      }
    }
    return super.unwrap(type);
  }

  @Override
  public Connection getConnection() throws SQLException {
    delegate.getConnection(); // Throws if the statement is closed.
    return connection;
  }
}

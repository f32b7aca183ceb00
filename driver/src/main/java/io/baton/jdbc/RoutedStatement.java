package io.baton.jdbc;

import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.jdbc.pgjdbc.StatementSettings;
import io.baton.session.journal.Unprotected;
import io.baton.session.sql.KeyDraw;
import io.baton.session.sql.StatementAnalysis;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGStatement;

/**
 * The statement that the application holds: it outlives the physical statement, which is made anew,
 * with the same settings, on whichever connection a call is routed to.
 */
class RoutedStatement extends DelegatingStatement implements Target<Statement> {

  private final StatementOrigin<?> origin;

  /**
   * The physical connection that the delegate belongs to; null if the delegate only serves to ask
   * for the results of its last call, which was made with another text.
   */
  private @Nullable Connection home;

  private boolean escapeProcessing = true;

  /** The texts of the batch; immutable while there are none. */
  private List<String> batch = List.of();

  private @Nullable RoutedResultSet lastResult;
  private @Nullable RoutedResultSet lastKeys;

  /** The last call, as long as what the application sees of its results counts. */
  private @Nullable RecordedCall<?, ?> lastCall;

  private @Nullable StatementInputs putAside;
  private int prepareThreshold;

  /**
   * Stands in front of a statement that was just made.
   *
   * @param origin how another one like it is made elsewhere
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
      return; // It says so itself, to every call.
    }
    Statement made = standby(physical);
    if (made == null) {
      made = origin.on(physical.connection());
      made.setEscapeProcessing(escapeProcessing);
      StatementSettings.copy(left, made);
      bindAgain(made);
    } else {
      StatementSettings.copy(left, made);
    }
    delegate = made;
    home = physical.connection();
    // The left one stays open: rows that it already holds can still be read.
  }

  /**
   * A physical statement on a connection that has been given all that the application has bound to
   * this one, though it is not the delegate just now; null if there is none.
   */
  @Nullable Statement standby(PhysicalConnection physical) {
    return null;
  }

  /** Another physical statement, which runs another text, without any settings. */
  final Statement anew(PhysicalConnection physical, String text) throws SQLException {
    Statement made = origin.with(text).on(physical.connection());
    made.setEscapeProcessing(escapeProcessing);
    return made;
  }

  /** Has a statement with another text stand in until the next call but those for its results. */
  final void standIn(Statement other) {
    delegate = other;
    home = null;
  }

  @Override
  final void renew() throws SQLException {
    on(connection.session().physical());
  }

  @Override
  final @Nullable ResultSet wrapped(@Nullable ResultSet result) throws SQLException {
    return result == null ? null : resultOf(result);
  }

  /** The wrapper of a result; the same one for the same result, as the driver does it. */
  final RoutedResultSet resultOf(ResultSet result) throws SQLException {
    RoutedResultSet last = lastResult;
    if (last == null || last.delegate != result) {
      last = new RoutedResultSet(connection, result, this);
      lastResult = last;
      if (lastCall != null) {
        lastCall.trace(traced(last, lastCall));
      }
    }
    return last;
  }

  private ResultTrace traced(RoutedResultSet result, RecordedCall<?, ?> call) throws SQLException {
    KeyDraw draw = call.keyDraw();
    if (draw == null) {
      return result.traced(false);
    }
    ResultTrace trace = result.traced(true);
    connection.session().shown(draw, trace);
    return trace;
  }

  @Override
  public ResultSet getGeneratedKeys() throws SQLException {
    ResultSet keys = delegate.getGeneratedKeys(); // Held in memory: no server is reached.
    RoutedResultSet last = lastKeys;
    if (last == null || last.delegate != keys) {
      last = new RoutedResultSet(connection, keys, this);
      lastKeys = last;
      if (lastCall != null) {
        lastCall.traceGeneratedKeys(traced(last, lastCall));
      }
    }
    return last;
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
    if (lastCall != null && (isResult || delegate.getUpdateCount() >= 0)) {
      connection.session().unprotect(Unprotected.SEVERAL_RESULTS);
    }
    return isResult;
  }

  // ------------------------------------------------------------------ journal of the transaction

  @Override
  public StatementInputs inputs() throws SQLException {
    return new StatementInputs(
        delegate.getMaxRows(), delegate.getFetchSize(), List.copyOf(batch), null, List.of());
  }

  @Override
  public final void recorded(@Nullable RecordedCall<?, ?> call) {
    lastCall = call;
  }

  @Override
  public Object seen(Statement statement, @Nullable Object returned) throws SQLException {
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
  public final void replayBegins() throws SQLException {
    if (putAside == null && !delegate.isClosed()) { // Else another replay was cut off.
      putAside = inputs();
      prepareThreshold = ((PGStatement) this).getPrepareThreshold();
    }
  }

  @Override
  public final Statement replaying(PhysicalConnection physical, @Nullable StatementInputs given)
      throws SQLException {
    Statement statement;
    if (delegate.isClosed()) {
      statement = origin.on(physical.connection());
      statement.setEscapeProcessing(escapeProcessing);
    } else {
      statement = on(physical);
    }
    Objects.requireNonNull(given).putInto(statement);
    return statement;
  }

  @Override
  public final Statement replaying(
      PhysicalConnection physical, @Nullable StatementInputs given, String text)
      throws SQLException {
    Statement statement = anew(physical, text);
    if (!delegate.isClosed()) {
      StatementSettings.copy(delegate, statement);
      standIn(statement);
    }
    Objects.requireNonNull(given).putInto(statement);
    return statement;
  }

  @Override
  public final void replayed(Statement statement) throws SQLException {
    if (statement != delegate) {
      statement.close(); // As the application closed its own.
    }
  }

  @Override
  public final void replayEnds(PhysicalConnection physical) throws SQLException {
    if (putAside != null) {
      boolean showsResults = home == null && delegate.getConnection() == physical.connection();
      putAside.putInto(showsResults ? delegate : on(physical));
      setPrepareThreshold(prepareThreshold);
      putAside = null;
    }
  }

  /** Gives a physical statement just made what the application had bound to the last one. */
  void bindAgain(Statement made) throws SQLException {
    for (String sql : batch) {
      made.addBatch(sql);
    }
  }

  /** Makes a call that may reach the server, on whichever connection is right for it. */
  final <R> R call(String sql, TextExecution.Call<R> call) throws SQLException {
    return connection.session().call(this, connection.analyze(sql), new TextExecution<>(sql, call));
  }

  @Override
  public ResultSet executeQuery(String sql) throws SQLException {
    return resultOf(this.<ResultSet>call(sql, (statement, text) -> statement.executeQuery(text)));
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

  /** What the statements of the batch do, taken together. */
  StatementAnalysis batchAnalysis() {
    return connection.analyze(String.join(";\n", batch));
  }

  @Override
  public void setEscapeProcessing(boolean enable) throws SQLException {
    super.setEscapeProcessing(enable);
    escapeProcessing = enable;
  }

  @Override
  public Connection getConnection() throws SQLException {
    delegate.getConnection(); // A closed statement says so.
    return connection;
  }
}

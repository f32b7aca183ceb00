package io.baton.jdbc;

import io.baton.engine.Execution;
import io.baton.jdbc.pgjdbc.PgValues;
import io.baton.session.ParameterValues;
import io.baton.session.journal.ReplayBlocker;
import io.baton.session.sql.StatementAnalysis;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The prepared statement of the application. Its text is analysed once, when it is prepared. Its
 * parameters are kept, so that they can be bound again on another connection.
 */
class RoutedPreparedStatement extends CarryingPreparedStatement implements ParameterValues {

  // A constant, as the others: a call then allocates no execution.
  private static final Execution<Statement, ResultSet> QUERY = s -> prepared(s).executeQuery();

  private final StatementAnalysis analysis;

  /** The rows of the batch; immutable while there are none. */
  private List<BoundParameters> batch = List.of();

  RoutedPreparedStatement(
      RoutedConnection connection,
      PreparedStatement made,
      StatementOrigin<?> origin,
      StatementAnalysis analysis)
      throws SQLException {
    super(connection, made, origin, analysis.text());
    this.analysis = analysis;
  }

  @Override
  public final ParameterValues parameterValues() {
    return this;
  }

  /**
   * Returns the value bound now: the tracker asks at once, before the application can bind another.
   * Of a batch, each row has its own.
   */
  @Override
  public final Value value(int index) {
    return batch.isEmpty() ? parameters.value(index) : Value.UNKNOWN;
  }

  @Override
  public ResultSet executeQuery() throws SQLException {
    connection.session().call(this, analysis, QUERY);
    return returned();
  }

  @Override
  public int executeUpdate() throws SQLException {
    return connection.session().call(this, analysis, UPDATE);
  }

  @Override
  public long executeLargeUpdate() throws SQLException {
    return connection.session().call(this, analysis, LARGE_UPDATE);
  }

  @Override
  public boolean execute() throws SQLException {
    return connection.session().call(this, analysis, EXECUTE);
  }

  /** Not recorded: what the server told of its columns may be different when it is asked again. */
  @Override
  public @Nullable ResultSetMetaData getMetaData() throws SQLException {
    connection.session().block(ReplayBlocker.METADATA);
    return super.getMetaData();
  }

  /** The PostgreSQL driver keeps a copy of what it is given, and so must a session be able to. */
  @Override
  public void setBytes(int parameterIndex, byte @Nullable [] value) throws SQLException {
    if (value != null && PgValues.isLarge(value) && sendsValues()) {
      super.setObject(parameterIndex, PgValues.large(value));
    } else {
      super.setBytes(parameterIndex, value);
    }
  }

  /** In the simple query mode, the driver writes values into the text. */
  private boolean sendsValues() {
    return connection.session().physical().describesStatements();
  }

  @Override
  public void setObject(int parameterIndex, @Nullable Object value) throws SQLException {
    if (value instanceof byte[] bytes) {
      setBytes(parameterIndex, bytes); // As the driver does.
    } else {
      super.setObject(parameterIndex, PgValues.watched(value));
    }
  }

  @Override
  public void setObject(int parameterIndex, @Nullable Object value, int targetSqlType)
      throws SQLException {
    super.setObject(parameterIndex, PgValues.watched(value), targetSqlType);
  }

  @Override
  public void setObject(
      int parameterIndex, @Nullable Object value, int targetSqlType, int scaleOrLength)
      throws SQLException {
    super.setObject(parameterIndex, PgValues.watched(value), targetSqlType, scaleOrLength);
  }

  @Override
  public void addBatch() throws SQLException {
    super.addBatch();
    if (batch.isEmpty()) {
      batch = new ArrayList<>();
    }
    batch.add(parameters.snapshot());
  }

  @Override
  public void clearBatch() throws SQLException {
    super.clearBatch();
    prepared().clearBatch();
    batch = List.of();
  }

  @Override
  public int[] executeBatch() throws SQLException {
    try {
      return super.executeBatch();
    } finally {
      batch = List.of();
    }
  }

  @Override
  public long[] executeLargeBatch() throws SQLException {
    try {
      return super.executeLargeBatch();
    } finally {
      batch = List.of();
    }
  }

  @Override
  public final StatementInputs inputs() throws SQLException {
    return new StatementInputs(
        escapesProcessed(),
        delegate.getMaxFieldSize(),
        delegate.getMaxRows(),
        delegate.getFetchSize(),
        List.of(),
        parameters.snapshot(),
        List.copyOf(batch));
  }

  @Override
  StatementAnalysis batchAnalysis() {
    return analysis;
  }

  @Override
  final StatementAnalysis lastText() {
    return analysis;
  }

  @Override
  void bindAgain(Statement made) throws SQLException {
    PreparedStatement statement = prepared(made);
    for (BoundParameters row : batch) {
      row.bindAgainTo(statement);
      statement.addBatch();
    }
    parameters.bindAgainTo(statement);
  }
}

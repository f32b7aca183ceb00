package io.baton.jdbc;

import io.baton.session.ParameterValues;
import io.baton.session.sql.StatementAnalysis;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * The prepared statement that the application holds. Its text was analysed once, when it was
 * prepared; its parameters are kept, so that they are bound again wherever it is prepared anew.
 */
class RoutedPreparedStatement extends DelegatingPreparedStatement implements ParameterValues {

  // Constants: a call then allocates nothing for itself.
  private static final Execution<Statement, ResultSet> QUERY = s -> prepared(s).executeQuery();
  private static final Execution<Statement, Integer> UPDATE = s -> prepared(s).executeUpdate();
  private static final Execution<Statement, Long> LARGE_UPDATE =
      s -> prepared(s).executeLargeUpdate();
  private static final Execution<Statement, Boolean> EXECUTE = s -> prepared(s).execute();

  private final StatementAnalysis analysis;

  /** The rows of the batch; immutable while there are none. */
  private List<BoundParameters> batch = List.of();

  RoutedPreparedStatement(
      RoutedConnection connection,
      PreparedStatement made,
      StatementOrigin<?> origin,
      StatementAnalysis analysis)
      throws SQLException {
    super(connection, made, origin);
    this.analysis = analysis;
  }

  private static PreparedStatement prepared(Statement statement) {
    return (PreparedStatement) statement;
  }

  @Override
  public final ParameterValues parameterValues() {
    return this;
  }

  /** As they are bound now: the tracker asks at once, before the application can bind others. */
  @Override
  public final Value value(int index) {
    return parameters.value(index);
  }

  @Override
  public ResultSet executeQuery() throws SQLException {
    return resultOf(connection.session().call(this, analysis, QUERY));
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
  void bindAgain(Statement made) throws SQLException {
    PreparedStatement statement = prepared(made);
    for (BoundParameters row : batch) {
      row.bindTo(statement);
      statement.addBatch();
    }
    parameters.bindTo(statement);
  }
}

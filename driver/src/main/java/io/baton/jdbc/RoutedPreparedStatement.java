package io.baton.jdbc;

import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.ParameterValues;
import io.baton.session.sql.StatementAnalysis;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The prepared statement that the application holds. Its text was analysed once, when it was
 * prepared; its parameters are kept, so that they are bound again wherever it is prepared anew.
 */
class RoutedPreparedStatement extends DelegatingPreparedStatement implements ParameterValues {

  // A constant, as the others: a call then allocates nothing for itself.
  private static final Execution<Statement, ResultSet> QUERY = s -> prepared(s).executeQuery();

  private final StatementAnalysis analysis;

  /** The rows of the batch; immutable while there are none. */
  private List<BoundParameters> batch = List.of();

  /** What carries the mark of a transaction, once it has carried one. */
  private @Nullable Carrier carrier;

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
    return connection.session().call(this, analysis, PreparedExecution.UPDATE);
  }

  @Override
  public long executeLargeUpdate() throws SQLException {
    return connection.session().call(this, analysis, PreparedExecution.LARGE_UPDATE);
  }

  @Override
  public boolean execute() throws SQLException {
    return connection.session().call(this, analysis, PreparedExecution.EXECUTE);
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

  // ------------------------------------------------------------- two statements that stand in

  @Override
  public @Nullable Statement carrying(PhysicalConnection physical, String behind)
      throws SQLException {
    if (!canCarry()) {
      return null;
    }
    Carrier present = carrier;
    if (present == null || present.home() != physical.connection() || !stands(present)) {
      Statement plain = on(physical);
      if (present != null) {
        present.carrying().close();
      }
      Statement carrying = anew(physical, analysis.text() + "\n;" + behind);
      present = new Carrier(physical.connection(), prepared(plain), prepared(carrying));
      carrier = present;
    }
    present.load(delegate, parameters);
    standIn(present.carrying());
    return delegate;
  }

  private boolean stands(Carrier present) {
    return delegate == present.plain() || delegate == present.carrying();
  }

  private boolean isCarrying() {
    return carrier != null && delegate == carrier.carrying();
  }

  /** What the application binds is bound to the plain one, whichever has the results. */
  @Override
  PreparedStatement prepared() {
    Carrier present = carrier;
    return present != null && delegate == present.carrying() ? present.plain() : super.prepared();
  }

  @Override
  @Nullable Statement standby(PhysicalConnection physical) {
    Carrier present = carrier;
    return present != null && isCarrying() && present.home() == physical.connection()
        ? present.plain()
        : null;
  }

  @Override
  boolean standsIn(Object counterpart) {
    return super.standsIn(counterpart) || counterpart == prepared();
  }

  @Override
  public void carried(long count) {
    if (carrier != null) {
      carrier.count(count);
    }
  }

  /** How many rows the last call changed, if that is not for the delegate to say. */
  private long carriedCount() {
    return carrier != null && isCarrying() ? carrier.count() : Carrier.NO_COUNT;
  }

  @Override
  public int getUpdateCount() throws SQLException {
    long count = carriedCount();
    return count == Carrier.NO_COUNT
        ? super.getUpdateCount()
        : count > Integer.MAX_VALUE ? SUCCESS_NO_INFO : (int) count;
  }

  @Override
  public long getLargeUpdateCount() throws SQLException {
    long count = carriedCount();
    return count == Carrier.NO_COUNT ? super.getLargeUpdateCount() : count;
  }

  @Override
  public boolean getMoreResults() throws SQLException {
    carried(Carrier.NO_COUNT);
    return super.getMoreResults();
  }

  @Override
  public boolean getMoreResults(int current) throws SQLException {
    carried(Carrier.NO_COUNT);
    return super.getMoreResults(current);
  }

  @Override
  public Object seen(Statement statement, @Nullable Object returned) throws SQLException {
    long count = statement == delegate ? carriedCount() : Carrier.NO_COUNT;
    return count != Carrier.NO_COUNT && Boolean.FALSE.equals(returned)
        ? count
        : super.seen(statement, returned);
  }

  private boolean canCarry() throws SQLException {
    return !delegate.isClosed()
        && delegate.getFetchSize() == 0
        && !delegate.isCloseOnCompletion()
        && delegate.getResultSetConcurrency() == ResultSet.CONCUR_READ_ONLY
        && !parameters.hasOneShot();
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    if (isCarrying()) {
      renew(); // The text of the other one is not the application's.
    }
    return super.unwrap(type);
  }

  @Override
  public void close() throws SQLException {
    super.close();
    Carrier present = carrier;
    if (present != null) {
      carrier = null;
      present.close();
    }
  }

  @Override
  public String toString() {
    return prepared().toString();
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

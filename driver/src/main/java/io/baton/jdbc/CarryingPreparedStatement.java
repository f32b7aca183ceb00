package io.baton.jdbc;

import io.baton.engine.MarkableExecution;
import io.baton.jdbc.pgjdbc.PgResults;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.jdbc.pgjdbc.StatementSettings;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * A prepared statement that can run another text in its own round trip. This is how a commit marker
 * is taken ahead of a COMMIT.
 *
 * <p>It has two physical statements then: the plain one, to which the application's parameters are
 * bound; and the carrying one, whose text has the other text appended. The carrying one serves some
 * of the calls and their results. The application sees what it would see of the plain one alone.
 *
 * <p>Confined to the calls of its session.
 */
abstract class CarryingPreparedStatement extends DelegatingPreparedStatement {

  /** The value that JDBC returns if there is no count. */
  private static final long NO_COUNT = -1;

  // Executions that may change data and need not return rows; constants, so that a call allocates
  // none.

  static final MarkableExecution<Integer> UPDATE =
      new MarkableExecution<>() {
        @Override
        public Integer on(Statement statement) throws SQLException {
          return ((PreparedStatement) statement).executeUpdate();
        }

        @Override
        public Integer returned(PreparedStatement statement) throws SQLException {
          PgResults.refuseRows(statement);
          return statement.getUpdateCount();
        }
      };

  static final MarkableExecution<Long> LARGE_UPDATE =
      new MarkableExecution<>() {
        @Override
        public Long on(Statement statement) throws SQLException {
          return ((PreparedStatement) statement).executeLargeUpdate();
        }

        @Override
        public Long returned(PreparedStatement statement) throws SQLException {
          PgResults.refuseRows(statement);
          return statement.getLargeUpdateCount();
        }
      };

  static final MarkableExecution<Boolean> EXECUTE =
      new MarkableExecution<>() {
        @Override
        public Boolean on(Statement statement) throws SQLException {
          return ((PreparedStatement) statement).execute();
        }

        @Override
        public Boolean returned(PreparedStatement statement) throws SQLException {
          return statement.getResultSet() != null;
        }
      };

  private final String text;

  /** Both statements, once the carrying one was used. */
  private @Nullable Pair carrier;

  CarryingPreparedStatement(
      RoutedConnection connection, PreparedStatement made, StatementOrigin<?> origin, String text)
      throws SQLException {
    super(connection, made, origin);
    this.text = text;
  }

  static PreparedStatement prepared(Statement statement) {
    return (PreparedStatement) statement;
  }

  /** The two physical statements, on one connection. */
  private static final class Pair {

    final Connection home;
    final PreparedStatement plain;
    final PreparedStatement carrying;

    /** The update count of the carrying one's last call, as long as that is its result. */
    long count = NO_COUNT;

    Pair(Connection home, PreparedStatement plain, PreparedStatement carrying) {
      this.home = home;
      this.plain = plain;
      this.carrying = carrying;
      PgResults.keepKeys(plain, carrying);
    }

    /**
     * Prepares the carrying one for a call.
     *
     * @param delegate the one of the two in use until now, which has the settings of the
     *     application
     */
    void load(Statement delegate, BoundParameters parameters) throws SQLException {
      count = NO_COUNT;
      if (delegate != carrying) {
        StatementSettings.copy(delegate, carrying);
      }
      carrying.clearParameters();
      parameters.bindTo(carrying);
    }
  }

  @Override
  public @Nullable Statement carrying(PhysicalConnection physical, String behind)
      throws SQLException {
    if (!canCarry()) {
      return null;
    }
    Pair present = carrier;
    if (present == null || present.home != physical.connection() || !stands(present)) {
      Statement plain = on(physical);
      if (present != null) {
        present.carrying.close();
      }
      Statement carrying = anew(physical, text + "\n;" + behind);
      present = new Pair(physical.connection(), prepared(plain), prepared(carrying));
      carrier = present;
    }
    present.load(delegate, parameters);
    standIn(present.carrying);
    return delegate;
  }

  private boolean stands(Pair present) {
    return delegate == present.plain || delegate == present.carrying;
  }

  private boolean isCarrying() {
    return carrier != null && delegate == carrier.carrying;
  }

  /**
   * Returns the plain one, to which parameters are bound, even while the carrying one has the
   * results.
   */
  @Override
  PreparedStatement prepared() {
    Pair present = carrier;
    return present != null && delegate == present.carrying ? present.plain : super.prepared();
  }

  @Override
  @Nullable Statement standby(PhysicalConnection physical) {
    Pair present = carrier;
    return present != null && isCarrying() && present.home == physical.connection()
        ? present.plain
        : null;
  }

  @Override
  boolean standsIn(Object counterpart) {
    return super.standsIn(counterpart) || counterpart == prepared();
  }

  @Override
  public void carried(long count) {
    if (carrier != null) {
      carrier.count = count;
    }
  }

  /** Returns the update count of the last call if the delegate cannot return it. */
  private long carriedCount() {
    return carrier != null && isCarrying() ? carrier.count : NO_COUNT;
  }

  @Override
  public int getUpdateCount() throws SQLException {
    long count = carriedCount();
    return count == NO_COUNT
        ? super.getUpdateCount()
        : count > Integer.MAX_VALUE ? SUCCESS_NO_INFO : (int) count;
  }

  @Override
  public long getLargeUpdateCount() throws SQLException {
    long count = carriedCount();
    return count == NO_COUNT ? super.getLargeUpdateCount() : count;
  }

  @Override
  public boolean getMoreResults() throws SQLException {
    carried(NO_COUNT);
    return super.getMoreResults();
  }

  @Override
  public boolean getMoreResults(int current) throws SQLException {
    carried(NO_COUNT);
    return super.getMoreResults(current);
  }

  @Override
  public Object seen(Statement statement, @Nullable Object returned) throws SQLException {
    long count = statement == delegate ? carriedCount() : NO_COUNT;
    return count != NO_COUNT && Boolean.FALSE.equals(returned)
        ? count
        : super.seen(statement, returned);
  }

  /** Limits of the application would cut the other one's result as well. */
  private boolean canCarry() throws SQLException {
    return !delegate.isClosed()
        && delegate.getFetchSize() == 0
        && delegate.getMaxRows() == 0
        && delegate.getMaxFieldSize() == 0
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
    Pair present = carrier;
    if (present != null) {
      carrier = null;
      present.plain.close();
      present.carrying.close();
    }
  }

  @Override
  public String toString() {
    return prepared().toString();
  }
}

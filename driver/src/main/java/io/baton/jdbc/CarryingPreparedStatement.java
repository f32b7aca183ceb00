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
 * A prepared statement that can run another text in its own round trip, behind its own or in place
 * of it. This is how a commit marker is taken ahead of a COMMIT, and how it is known what a write
 * has written.
 *
 * <p>It has two physical statements then: the plain one, to which the application's parameters are
 * bound; and the carrying one, with the other text. The carrying one serves some of the calls and
 * their results. The application sees what it would see of the plain one alone.
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

        @Override
        public Integer returned(long count) {
          return asInteger(count);
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

        @Override
        public Long returned(long count) {
          return count;
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

        @Override
        public Boolean returned(long count) {
          return false;
        }
      };

  private final String text;

  /** The statement of whose last call the count is known, as long as that is its result. */
  private @Nullable Statement counted;

  /** That count. */
  private long count = NO_COUNT;

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

    /** What is carried: the text behind the application's own, or in place of it. */
    final String other;

    Pair(Connection home, PreparedStatement plain, PreparedStatement carrying, String other) {
      this.home = home;
      this.plain = plain;
      this.carrying = carrying;
      this.other = other;
      PgResults.keepKeys(plain, carrying);
    }

    /**
     * Prepares the carrying one for a call.
     *
     * @param delegate the one of the two in use until now, which has the settings of the
     *     application
     */
    void load(Statement delegate, BoundParameters parameters) throws SQLException {
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
    // The limit of rows to be fetched at once would open a cursor for the first text.
    return canCarry() && delegate.getFetchSize() == 0 ? carrier(physical, behind, true) : null;
  }

  @Override
  public @Nullable Statement comparing(PhysicalConnection physical, String otherText)
      throws SQLException {
    return canCarry() && !PgResults.keepsKeys(prepared())
        ? carrier(physical, otherText, false)
        : null;
  }

  private Statement carrier(PhysicalConnection physical, String other, boolean isBehind)
      throws SQLException {
    Pair present = carrier;
    if (present == null
        || present.home != physical.connection()
        || !stands(present)
        || !present.other.equals(other)) {
      Statement plain = on(physical);
      if (present != null) {
        present.carrying.close();
      }
      Statement carrying = anew(physical, isBehind ? text + "\n;" + other : other);
      present = new Pair(physical.connection(), prepared(plain), prepared(carrying), other);
      carrier = present;
    }
    count = NO_COUNT;
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
  public void carried(long changed) throws SQLException {
    if (!delegate.isClosed()) { // A closed statement has no count.
      counted = delegate;
      count = changed;
    }
  }

  /** Returns the update count of the last call if the delegate cannot return it. */
  private long carriedCount() {
    return counted == delegate ? count : NO_COUNT;
  }

  /** Returns a count as JDBC's methods without "large" in their names do. */
  private static int asInteger(long count) {
    return count > Integer.MAX_VALUE ? SUCCESS_NO_INFO : (int) count;
  }

  @Override
  public int getUpdateCount() throws SQLException {
    long known = carriedCount();
    return known == NO_COUNT ? super.getUpdateCount() : asInteger(known);
  }

  @Override
  public long getLargeUpdateCount() throws SQLException {
    long known = carriedCount();
    return known == NO_COUNT ? super.getLargeUpdateCount() : known;
  }

  @Override
  public boolean getMoreResults() throws SQLException {
    count = NO_COUNT;
    return super.getMoreResults();
  }

  @Override
  public boolean getMoreResults(int current) throws SQLException {
    count = NO_COUNT;
    return super.getMoreResults(current);
  }

  @Override
  public Object seen(Statement statement, @Nullable Object returned) throws SQLException {
    long known = statement == delegate ? carriedCount() : NO_COUNT;
    return known != NO_COUNT && Boolean.FALSE.equals(returned)
        ? known
        : super.seen(statement, returned);
  }

  /** Limits of the application would cut the other one's result as well. */
  private boolean canCarry() throws SQLException {
    return !delegate.isClosed()
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
    count = NO_COUNT;
    counted = null;
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

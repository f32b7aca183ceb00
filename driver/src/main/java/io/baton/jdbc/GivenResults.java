package io.baton.jdbc;

import io.baton.engine.CallTrace;
import io.baton.engine.ResultTrace;
import io.baton.session.sql.KeyDraw;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The results of a statement's last call, as the application is given them.
 *
 * <p>While a transaction is recorded, what the application sees of a result is compared when a call
 * of another thread has the transaction replayed. So there must be no moment at which the
 * application holds a result that is not traced. A result that the call returns is traced before
 * the call ends, under the lock of the session's calls. One that is asked for later is asked for
 * and traced under the {@linkplain CallTrace#handing() lock} that a replay holds from its
 * comparison to its exchange of the delegate.
 *
 * <p>For the thread that uses the statement.
 */
final class GivenResults {

  private final RoutedStatement statement;
  private @Nullable RoutedResultSet result;
  private @Nullable RoutedGeneratedKeys keys;

  /** The last call, as long as what the application sees of its results is recorded. */
  private @Nullable CallTrace call;

  /** Whether the application has cleared the warnings of the last call. */
  private boolean warningsCleared;

  GivenResults(RoutedStatement statement) {
    this.statement = statement;
  }

  /**
   * A call has ended; the results of the one before are closed, as the driver does it.
   *
   * @param recorded its record; null if there is none
   * @param returned what it returns
   */
  void begin(@Nullable CallTrace recorded, @Nullable Object returned) throws SQLException {
    call = recorded;
    warningsCleared = false;
    goOver();
    if (returned instanceof ResultSet rows) {
      RoutedResultSet given = wrapper(rows);
      result = given;
      if (recorded != null) {
        ResultTrace trace = given.traced(recorded.keyDraw() != null);
        recorded.trace(trace);
        show(recorded, trace);
      }
    }
  }

  /** What the last call returned, which is a result. */
  RoutedResultSet returned() {
    return Objects.requireNonNull(result);
  }

  /** Whether what the application sees of the results is recorded. */
  boolean areRecorded() {
    return call != null;
  }

  /** The wrapper of a result; the same one for the same result, as the driver does. */
  RoutedResultSet of(ResultSet physical) {
    RoutedResultSet given = result;
    if (given == null || given.physicalResult() != physical) {
      given = wrapper(physical);
      result = given;
    }
    return given;
  }

  /**
   * The present result of a recorded call.
   *
   * @return null if it has none
   */
  @Nullable ResultSet result() throws SQLException {
    CallTrace recorded = Objects.requireNonNull(call);
    RoutedResultSet given;
    ResultTrace trace;
    recorded.handing().lock();
    try {
      ResultSet physical = statement.delegate.getResultSet();
      if (physical == null) {
        return null;
      }
      RoutedResultSet known = result;
      given = of(physical);
      if (given == known) {
        return known;
      }
      trace = given.traced(recorded.keyDraw() != null);
      recorded.trace(trace);
    } finally {
      recorded.handing().unlock();
    }
    show(recorded, trace);
    return given;
  }

  /** The keys that the last call generated. */
  RoutedResultSet keys() throws SQLException {
    CallTrace recorded = call;
    if (recorded == null) {
      return keysOf(statement.delegate.getGeneratedKeys());
    }
    RoutedGeneratedKeys given;
    ResultTrace trace;
    recorded.handing().lock();
    try {
      RoutedResultSet known = keys;
      given = keysOf(statement.delegate.getGeneratedKeys());
      if (given == known) {
        return given;
      }
      trace = given.traced(recorded.keyDraw() != null);
      recorded.traceGeneratedKeys(trace);
    } finally {
      recorded.handing().unlock();
    }
    statement.connection.session().keeps(trace.estimatedBytes());
    show(recorded, trace);
    return given;
  }

  /** They are held in memory: no server is reached. */
  private RoutedGeneratedKeys keysOf(ResultSet physical) {
    RoutedGeneratedKeys given = keys;
    if (given == null || given.physicalResult() != physical) {
      given = new RoutedGeneratedKeys(statement.connection, physical, statement);
      keys = given;
    }
    return given;
  }

  private RoutedResultSet wrapper(ResultSet physical) {
    return new RoutedResultSet(statement.connection, physical, statement);
  }

  /** Takes the lock of the session's calls, so never under the other one. */
  private void show(CallTrace recorded, ResultTrace trace) {
    KeyDraw draw = recorded.keyDraw();
    if (draw != null) {
      statement.connection.session().shown(draw, trace);
    }
  }

  /** Goes over to what a replay has put in the place of the results. */
  void goOver() {
    if (result != null) {
      result.goOver();
    }
    if (keys != null) {
      keys.goOver();
    }
  }

  /** Whether the application still reads a result of that physical statement. */
  boolean areReadFrom(Statement physical) throws SQLException {
    return (result != null && result.isReadFrom(physical))
        || (keys != null && keys.isReadFrom(physical));
  }

  /** The application was given the warnings that the statement has now. */
  void toldWarnings(@Nullable SQLWarning warnings) {
    CallTrace recorded = call;
    if (recorded != null && !warningsCleared) {
      recorded.toldWarnings(warnings);
    }
  }

  /** The application has cleared the warnings. */
  void clearedWarnings() {
    warningsCleared = true;
  }

  /** Whether the application has cleared the warnings of the last call. */
  boolean areWarningsCleared() {
    return warningsCleared;
  }
}

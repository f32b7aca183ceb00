package io.baton.engine;

import io.baton.failover.reads.Look;
import io.baton.failover.reads.PlanReader;
import io.baton.failover.reads.ReadComparer;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.FailureText;
import io.baton.session.Restoration;
import io.baton.session.SessionLoss;
import io.baton.session.SessionState;
import io.baton.session.Takeover;
import io.baton.session.journal.Fingerprint;
import io.baton.session.journal.RowHashes;
import io.baton.session.sql.ResultShape;
import java.sql.Connection;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A connection to one side on which sampled reads are run, each in a transaction that only reads,
 * with the settings and the role of its session, and within limits of time and size. What a new
 * session begins with there, it begins with as well.
 *
 * <p>Values are compared in the text format, as the server wrote them.
 *
 * <p>Used by one thread.
 */
final class SampleConnection implements ReadComparer.Side<SampledRead>, AutoCloseable {

  /** A read with more rows is not compared. */
  static final int MOST_ROWS = 10_000;

  private static final long MOST_BYTES = 16L << 20;

  private static final int FETCHED_AT_ONCE = 500;

  private static final String BEGIN =
      """
      set transaction isolation level read committed, read only;
      set local statement_timeout = '5s';
      set local lock_timeout = '500ms';
      set local idle_in_transaction_session_timeout = '30s'\
      """;

  /** Errors whose texts name objects of the schema, and no values. */
  private static final Set<String> OF_NAMES =
      Set.of("42883", "42P01", "42703", "42704", "42501", "3F000");

  private final PhysicalConnection physical;
  private SessionState applied = SessionState.FRESH;

  SampleConnection(PhysicalConnection physical) {
    this.physical = physical;
  }

  /** The connection of the driver, in autocommit mode. */
  Connection connection() {
    return physical.connection();
  }

  /** Work inside a transaction. */
  @FunctionalInterface
  private interface Work<R> {
    R on(Statement statement) throws SQLException;
  }

  @Override
  public Look look(SampledRead read) throws SQLException {
    try {
      return inTransaction(read, read.on(physical), statement -> rows(read, statement));
    } catch (SQLException refused) {
      return refused(refused);
    }
  }

  /**
   * What the server said.
   *
   * @throws SQLException if the connection is gone
   */
  Look refused(SQLException refused) throws SQLException {
    if (physical.isSeveredBy(refused)) {
      throw refused;
    }
    String state = String.valueOf(refused.getSQLState());
    String said = FailureText.message(refused).lines().findFirst().orElse("");
    return new Look.Refused(state, OF_NAMES.contains(state) ? said : "error " + state);
  }

  /** The plan of a read. */
  PlanReader plan(SampledRead read) throws SQLException {
    return inTransaction(
        read,
        read.explainedOn(physical),
        statement -> PlanReader.of(String.valueOf(read.explain(statement))));
  }

  /** The types of its parameters, as the server sees them; none if it cannot be asked for them. */
  List<String> types(SampledRead read) throws SQLException {
    if (!physical.describesStatements()) {
      return List.of();
    }
    return inTransaction(
        read,
        read.on(physical),
        statement -> {
          List<String> types = new ArrayList<>();
          if (statement instanceof PreparedStatement prepared) {
            ParameterMetaData parameters = prepared.getParameterMetaData();
            for (int index = 1; index <= parameters.getParameterCount(); index++) {
              types.add(parameters.getParameterTypeName(index));
            }
          }
          return types;
        });
  }

  private <R> R inTransaction(SampledRead read, Statement made, Work<R> work) throws SQLException {
    try (Statement statement = made) {
      bringTo(read.state());
      Connection connection = physical.connection();
      connection.setAutoCommit(false);
      try (Statement begin = connection.createStatement()) {
        begin.execute(BEGIN);
        return work.on(statement);
      } finally {
        if (!physical.isSevered()) {
          connection.rollback();
          connection.setAutoCommit(true);
        }
      }
    }
  }

  private void bringTo(SessionState state) throws SQLException {
    if (applied.equals(state)) {
      return;
    }
    Restoration change = Restoration.between(applied, state, Takeover.NONE);
    List<SessionLoss> losses = physical.inAutocommit(change::runOn);
    if (!losses.isEmpty()) {
      throw new SQLException(losses.get(0).toString(), "55000");
    }
    applied = state;
  }

  private Look rows(SampledRead read, Statement statement) throws SQLException {
    int limit = read.inputs().maxRows();
    statement.setMaxRows(limit > 0 ? Math.min(limit, MOST_ROWS + 1) : MOST_ROWS + 1);
    statement.setFetchSize(FETCHED_AT_ONCE);
    physical.askForBinary(statement, false);
    long began = System.nanoTime();
    RowHashes hashes = new RowHashes();
    long bytes = 0;
    try (ResultSet rows = read.run(statement)) {
      ResultSetMetaData description = rows.getMetaData();
      int columns = description.getColumnCount();
      int @Nullable [] keys = positions(read.shape(), description);
      Fingerprint order = new Fingerprint();
      while (rows.next()) {
        Fingerprint row = new Fingerprint();
        for (int column = 1; column <= columns; column++) {
          byte[] value = rows.getBytes(column);
          row.add(value);
          bytes += value == null ? 0 : value.length;
        }
        hashes.add(row);
        for (int index = 0; keys != null && index < keys.length; index++) {
          order.add(rows.getBytes(keys[index]));
        }
        if (hashes.rows() > MOST_ROWS || bytes > MOST_BYTES) {
          return new Look.Unfit(
              "it has more than %d rows, or %d MB".formatted(MOST_ROWS, MOST_BYTES >> 20));
        }
      }
      return new Look.Rows(
          hashes,
          keys == null ? null : order.toString(),
          read.shape().limited(),
          System.nanoTime() - began);
    }
  }

  /** The columns that the result is ordered by; null if they cannot be told. */
  private static int @Nullable [] positions(ResultShape shape, ResultSetMetaData description)
      throws SQLException {
    List<ResultShape.Key> keys = shape.keys();
    if (keys == null) {
      return null;
    }
    int[] positions = new int[keys.size()];
    for (int index = 0; index < positions.length; index++) {
      ResultShape.Key key = keys.get(index);
      positions[index] = key.position() > 0 ? key.position() : labelled(key.label(), description);
      if (positions[index] < 1 || positions[index] > description.getColumnCount()) {
        return null;
      }
    }
    return positions;
  }

  /** The only column of this label; 0 if there is none, or more than one. */
  private static int labelled(String label, ResultSetMetaData description) throws SQLException {
    int found = 0;
    for (int column = 1; column <= description.getColumnCount(); column++) {
      if (description.getColumnLabel(column).equals(label)) {
        if (found > 0) {
          return 0;
        }
        found = column;
      }
    }
    return found;
  }

  boolean isTo(Endpoint endpoint) {
    return physical.endpoint().equals(endpoint);
  }

  /** Ends it at once; any thread may. */
  void abort() {
    physical.abort("it was taken from the comparison of reads");
  }

  @Override
  public void close() {
    physical.close();
  }
}

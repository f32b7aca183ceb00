package io.baton.jdbc;

import io.baton.session.ParameterValues;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a statement was given before one of its executions, so that the execution can be replayed:
 * the application may bind other parameters, or set other limits, for the next one.
 *
 * <p>Immutable.
 *
 * @param maxRows its limit of rows, 0 for none
 * @param fetchSize how many rows were to be fetched at once, 0 for all
 * @param texts the batch of a plain statement
 * @param parameters what was bound to a prepared statement; null for a plain one
 * @param rows the batch of a prepared statement
 */
record StatementInputs(
    int maxRows,
    int fetchSize,
    List<String> texts,
    @Nullable BoundParameters parameters,
    List<BoundParameters> rows)
    implements ParameterValues {

  /** What a recorded call takes in memory besides its parameters, for an estimate. */
  private static final long CALL_BYTES = 300;

  private static final long CHARACTER_BYTES = 2;

  @Override
  public Value value(int index) {
    return parameters == null ? Value.UNKNOWN : parameters.value(index);
  }

  /** Whether one of the values is gone once it was sent. */
  boolean hasOneShot() {
    if (parameters == null) {
      return false;
    }
    if (parameters.hasOneShot()) {
      return true;
    }
    for (BoundParameters row : rows) {
      if (row.hasOneShot()) {
        return true;
      }
    }
    return false;
  }

  /** About how many bytes of memory a call recorded with these holds. */
  long estimatedBytes() {
    long bytes = CALL_BYTES + (parameters == null ? 0 : parameters.estimatedBytes());
    for (BoundParameters row : rows) {
      bytes += row.estimatedBytes();
    }
    for (String text : texts) {
      bytes += text.length() * CHARACTER_BYTES;
    }
    return bytes;
  }

  /** Gives a physical statement all of it, in place of what it was given before. */
  void putInto(Statement statement) throws SQLException {
    statement.setMaxRows(maxRows);
    statement.setFetchSize(fetchSize);
    statement.clearBatch();
    for (String text : texts) {
      statement.addBatch(text);
    }
    if (parameters != null) {
      PreparedStatement prepared = (PreparedStatement) statement;
      prepared.clearParameters();
      for (BoundParameters row : rows) {
        row.bindAgainTo(prepared);
        prepared.addBatch();
      }
      parameters.bindAgainTo(prepared);
    }
  }
}

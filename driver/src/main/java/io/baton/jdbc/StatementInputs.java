package io.baton.jdbc;

import io.baton.engine.CallInputs;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The inputs of one execution of a statement, kept for its replay: the application may bind other
 * parameters, or set other limits, for the next execution.
 *
 * <p>Immutable.
 *
 * @param escapes whether JDBC's escapes in its text are translated
 * @param maxFieldSize its limit of the bytes of a value, 0 for none
 * @param maxRows its limit of rows, 0 for none
 * @param fetchSize how many rows were to be fetched at once, 0 for all
 * @param texts the batch of a plain statement
 * @param parameters the parameters of a prepared statement; null for a plain one
 * @param rows the batch of a prepared statement
 */
record StatementInputs(
    boolean escapes,
    int maxFieldSize,
    int maxRows,
    int fetchSize,
    List<String> texts,
    @Nullable BoundParameters parameters,
    List<BoundParameters> rows)
    implements CallInputs {

  /** The estimated bytes of memory of a recorded call without its parameters. */
  private static final long CALL_BYTES = 300;

  private static final long CHARACTER_BYTES = 2;

  @Override
  public Value value(int index) {
    return parameters == null ? Value.UNKNOWN : parameters.value(index);
  }

  @Override
  public boolean hasOneShot() {
    if (parameters == null) {
      return false;
    }
    if (parameters.hasOneShot()) {
      return true;
    }
    // By number: an iterator would be made for each call, also for one without rows.
    for (int row = 0; row < rows.size(); row++) {
      if (rows.get(row).hasOneShot()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean raised(Throwable failure) {
    return parameters != null
        && (parameters.raised(failure) || rows.stream().anyMatch(row -> row.raised(failure)));
  }

  @Override
  public boolean isBatch() {
    return !rows.isEmpty() || !texts.isEmpty();
  }

  @Override
  public boolean isTextShared() {
    return parameters != null;
  }

  @Override
  public long estimatedBytes() {
    long bytes = CALL_BYTES + (parameters == null ? 0 : parameters.estimatedBytes());
    for (int row = 0; row < rows.size(); row++) {
      bytes += rows.get(row).estimatedBytes();
    }
    for (int text = 0; text < texts.size(); text++) {
      bytes += texts.get(text).length() * CHARACTER_BYTES;
    }
    return bytes;
  }

  /** Clears the parameters and the batch of a physical statement. */
  static void clear(Statement statement) throws SQLException {
    statement.clearBatch();
    if (statement instanceof PreparedStatement prepared) {
      prepared.clearParameters();
    }
  }

  /** Sets these inputs on a physical statement, in place of its former ones. */
  void putInto(Statement statement) throws SQLException {
    clear(statement);
    statement.setEscapeProcessing(escapes);
    statement.setMaxFieldSize(maxFieldSize);
    statement.setMaxRows(maxRows);
    statement.setFetchSize(fetchSize);
    for (String text : texts) {
      statement.addBatch(text);
    }
    if (parameters != null) {
      PreparedStatement prepared = (PreparedStatement) statement;
      for (BoundParameters row : rows) {
        row.bindAgainTo(prepared);
        prepared.addBatch();
      }
      parameters.bindAgainTo(prepared);
    }
  }
}

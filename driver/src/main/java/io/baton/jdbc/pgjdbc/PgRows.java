package io.baton.jdbc.pgjdbc;

import io.baton.session.journal.Fingerprint;
import io.baton.session.journal.RowTrace;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import org.postgresql.PGResultSetMetaData;

/**
 * Records the rows of a result set from the bytes that the PostgreSQL driver holds of them. It does
 * not hold the result set.
 */
public final class PgRows {

  private static final int BINARY = 1;

  private final int columns;
  private final boolean binary;
  private final Fingerprint labels;

  /** Prepares to read the rows of a result set. */
  public PgRows(ResultSet result) throws SQLException {
    ResultSetMetaData description = result.getMetaData();
    this.columns = description.getColumnCount();
    boolean anyBinary = false;
    for (int column = 1; column <= columns; column++) {
      anyBinary |= ((PGResultSetMetaData) description).getFormat(column) == BINARY;
    }
    this.binary = anyBinary;
    this.labels = PgColumns.labels(description, columns);
  }

  /** Returns whether the columns of another result have the same labels in the same order. */
  public boolean hasLabelsOf(PgRows other) {
    return labels.matches(other.labels);
  }

  /** Returns whether values come in the binary format of their types. */
  public boolean isBinary() {
    return binary;
  }

  /** Records the current row of the result set. */
  public void read(ResultSet result, RowTrace into) throws SQLException {
    for (int column = 1; column <= columns; column++) {
      into.value(result.getBytes(column)); // The driver's own array: not copied.
    }
    into.rowRead();
  }
}

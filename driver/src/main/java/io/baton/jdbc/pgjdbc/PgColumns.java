package io.baton.jdbc.pgjdbc;

import io.baton.session.journal.Fingerprint;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import org.postgresql.PGResultSetMetaData;

/** Fingerprints of what the PostgreSQL driver tells of the columns of a result. */
public final class PgColumns {

  private PgColumns() {}

  /** Returns a fingerprint of their labels, by which an application finds a column. */
  static Fingerprint labels(ResultSetMetaData description, int columns) throws SQLException {
    Fingerprint labels = new Fingerprint();
    for (int column = 1; column <= columns; column++) {
      labels.addCharacters(description.getColumnLabel(column));
    }
    return labels;
  }

  /** Returns a fingerprint of what the server sent of their types: no server is asked. */
  public static Fingerprint types(ResultSetMetaData description) throws SQLException {
    Fingerprint types = new Fingerprint();
    int columns = description.getColumnCount();
    for (int column = 1; column <= columns; column++) {
      types.add(description.getColumnLabel(column));
      types.add(description.getPrecision(column));
      types.add(description.getScale(column));
      types.add(description.getColumnDisplaySize(column));
    }
    return types;
  }

  /** Returns a fingerprint of where they come from: the driver asks the server, once for all. */
  public static Fingerprint sources(ResultSetMetaData description) throws SQLException {
    Fingerprint sources = new Fingerprint();
    int columns = description.getColumnCount();
    PGResultSetMetaData known = (PGResultSetMetaData) description;
    for (int column = 1; column <= columns; column++) {
      sources.add(known.getBaseSchemaName(column));
      sources.add(known.getBaseTableName(column));
      sources.add(known.getBaseColumnName(column));
      sources.add(description.isNullable(column));
      sources.add(description.isAutoIncrement(column) ? 1 : 0);
    }
    return sources;
  }
}

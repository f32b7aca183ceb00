package io.baton.engine;

import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The whole numbers in the rows of a result that the application has read, where they may be keys.
 */
final class ShownKeys {

  /** Of more rows, none is kept. */
  private static final int MOST_ROWS = 1000;

  private final Map<String, Integer> columns = new TreeMap<>();
  private final Map<String, List<Long>> values = new TreeMap<>();

  ShownKeys(ResultSetMetaData description) throws SQLException {
    for (int column = 1; column <= description.getColumnCount(); column++) {
      switch (description.getColumnType(column)) {
        case Types.SMALLINT, Types.INTEGER, Types.BIGINT ->
            columns.put(description.getColumnLabel(column), column);
        default -> {}
      }
    }
  }

  /** Takes down the row that the result set stands on. */
  void read(ResultSet result) throws SQLException {
    for (Map.Entry<String, Integer> column : columns.entrySet()) {
      List<Long> seen = values.computeIfAbsent(column.getKey(), name -> new ArrayList<>(1));
      long value = result.getLong(column.getValue());
      if (result.wasNull() || seen.size() == MOST_ROWS) {
        columns.clear();
        values.clear();
        return;
      }
      seen.add(value);
    }
  }

  /** The numbers of each column, row by row; empty if there are none, or too many. */
  Map<String, List<Long>> values() {
    return values;
  }
}

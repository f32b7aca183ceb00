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

  /** The estimated bytes of memory of a number in a list. */
  private static final long VALUE_BYTES = 28;

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

  /** Takes down the row that the result set stands on; returns how many bytes that takes. */
  long read(ResultSet result) throws SQLException {
    for (Map.Entry<String, Integer> column : columns.entrySet()) {
      List<Long> seen = values.computeIfAbsent(column.getKey(), name -> new ArrayList<>(1));
      long value = result.getLong(column.getValue());
      if (result.wasNull() || seen.size() == MOST_ROWS) {
        columns.clear();
        values.clear();
        return 0;
      }
      seen.add(value);
    }
    return columns.size() * VALUE_BYTES;
  }

  /** The numbers of each column, row by row; empty if there are none, or too many. */
  Map<String, List<Long>> values() {
    Map<String, List<Long>> copy = new TreeMap<>();
    values.forEach((column, seen) -> copy.put(column, List.copyOf(seen)));
    return copy;
  }

  /** The same of the row that was read last. */
  Map<String, List<Long>> latest() {
    Map<String, List<Long>> copy = new TreeMap<>();
    values.forEach((column, seen) -> copy.put(column, seen.subList(seen.size() - 1, seen.size())));
    return copy;
  }
}

package io.baton.jdbc;

import io.baton.engine.ResultTrace;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * The keys that a statement has generated. An application that does not name the columns is given
 * whole rows, with values that are others each time, such as defaults that tell the time. So a
 * replay compares the columns that were read.
 *
 * <p>The argument. A column counts before a value of it is told, and in all of the rows that the
 * application has passed. So a replay that comes between the two compares it. And a value is never
 * told from what a replay has replaced: each getter goes over first. A replay that follows the
 * latter leaves another result on the same row, with the same value in that column.
 */
final class RoutedGeneratedKeys extends TellingResultSet {

  RoutedGeneratedKeys(
      RoutedConnection connection, ResultSet delegate, @Nullable RoutedStatement statement) {
    super(connection, delegate, statement);
  }

  @Override
  ResultTrace begunTrace(boolean keys) throws SQLException {
    return ResultTrace.ofGeneratedKeys(this, keys);
  }

  @Override
  void tells(String columnLabel) throws SQLException {
    int column;
    try {
      column = delegate.findColumn(columnLabel);
    } catch (SQLException none) {
      return; // The getter that follows throws it.
    }
    tells(column);
  }
}

package io.baton.engine;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The rows that one write has written, in a form that can be compared.
 *
 * <p>Immutable.
 *
 * @param count how many there are
 * @param hash the sum of their hashes; null if there are none
 */
record WrittenRows(long count, @Nullable BigInteger hash) {

  private static final long NO_COUNT = -1;

  /**
   * Makes a write whose text returns them, and leaves the statement without a result.
   *
   * @throws SQLException what the server said
   */
  static WrittenRows by(PreparedStatement statement) throws SQLException {
    statement.execute();
    WrittenRows rows;
    try (ResultSet result = Objects.requireNonNull(statement.getResultSet())) {
      result.next();
      BigDecimal sum = result.getBigDecimal(2);
      rows = new WrittenRows(result.getLong(1), sum == null ? null : sum.toBigInteger());
    }
    while (statement.getMoreResults() || statement.getLargeUpdateCount() != NO_COUNT) {
      // The application is not to meet the result.
    }
    return rows;
  }

  /**
   * Returns how what a replay wrote differs from these, as a part of a sentence; null if it does
   * not.
   */
  @Nullable String differenceTo(WrittenRows now) {
    if (now.count != count) {
      return now.count + " where there had been " + count;
    }
    return Objects.equals(now.hash, hash) ? null : "other values in the rows that it wrote";
  }
}

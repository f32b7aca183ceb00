package io.baton.failover.reads;

import io.baton.session.journal.RowHashes;
import org.jspecify.annotations.Nullable;

/** What one side gave for one read, once. */
public sealed interface Look {

  /** Returns whether another look has shown the same. */
  boolean isLike(Look other);

  /**
   * Rows.
   *
   * @param hashes those of the rows
   * @param order a fingerprint of the values that the result is ordered by, row by row; null if it
   *     is in no order that can be compared
   * @param onlyOrder whether only that fingerprint is to be compared: which of the rows that are
   *     alike in these values are in the result is left open by the read
   * @param nanos how long it took, until the last row was read
   */
  record Rows(RowHashes hashes, @Nullable String order, boolean onlyOrder, long nanos)
      implements Look {

    @Override
    public boolean isLike(Look other) {
      return other instanceof Rows rows
          && hashes.rows() == rows.hashes.rows()
          && (order == null || order.equals(rows.order))
          && ((onlyOrder && order != null) || hasRowsOf(rows));
    }

    /** Returns whether another result has the same rows, in any order. */
    boolean hasRowsOf(Rows other) {
      return hashes.whole().equals(other.hashes.whole());
    }
  }

  /**
   * An error of the server.
   *
   * @param sqlState its code
   * @param message what it says, without values of the application
   */
  record Refused(String sqlState, String message) implements Look {

    @Override
    public boolean isLike(Look other) {
      return other instanceof Refused refused && sqlState.equals(refused.sqlState);
    }
  }

  /**
   * It is not compared.
   *
   * @param reason why not, for people
   */
  record Unfit(String reason) implements Look {

    @Override
    public boolean isLike(Look other) {
      return other instanceof Unfit;
    }
  }
}

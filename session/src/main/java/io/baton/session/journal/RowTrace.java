package io.baton.session.journal;

import org.jspecify.annotations.Nullable;

/**
 * What the application has seen of one result so far: the number of rows, a fingerprint of their
 * values, and whether it reached the end.
 *
 * <p>Not thread-safe.
 */
public final class RowTrace {

  private final Fingerprint fingerprint = new Fingerprint();
  private long rows;
  private boolean ended;

  /** Adds a value of the row that is being read, in the order of the columns. */
  public void value(byte @Nullable [] value) {
    fingerprint.add(value);
  }

  /** Ends a row, after its last value. */
  public void rowRead() {
    rows++;
  }

  /** Records that the application was told that there are no more rows. */
  public void endReached() {
    ended = true;
  }

  /** Returns the number of rows read. */
  public long rows() {
    return rows;
  }

  /** Returns whether the end was reached. */
  public boolean isEnded() {
    return ended;
  }

  /**
   * Returns how another result differs from this one, as far as this one was read; null if it does
   * not.
   */
  public @Nullable String differenceTo(RowTrace other) {
    if (other.rows < rows) {
      return "%d rows where there had been %s%d"
          .formatted(other.rows, ended ? "" : "at least ", rows);
    }
    if (ended && !other.ended) {
      return "more than the %d rows there had been".formatted(rows);
    }
    return fingerprint.matches(other.fingerprint) ? null : "other values in its rows";
  }
}

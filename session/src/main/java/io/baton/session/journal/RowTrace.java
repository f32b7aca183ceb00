package io.baton.session.journal;

import org.jspecify.annotations.Nullable;

/**
 * What an application has seen of one result so far: how many rows, what was in them, and whether
 * it was told that there are no more.
 *
 * <p>Not thread-safe.
 */
public final class RowTrace {

  private final Fingerprint fingerprint = new Fingerprint();
  private long rows;
  private boolean ended;

  /** A value of the row that is being read, in the order of the columns. */
  public void value(byte @Nullable [] value) {
    fingerprint.add(value);
  }

  /** All values of a row were given. */
  public void rowRead() {
    rows++;
  }

  /** The application was told that there are no more rows. */
  public void endReached() {
    ended = true;
  }

  /** How many rows were read. */
  public long rows() {
    return rows;
  }

  /** Whether the end was reached. */
  public boolean isEnded() {
    return ended;
  }

  /** How another result differs from this one, as far as this one was read; null if it does not. */
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

package io.baton.session.journal;

import org.jspecify.annotations.Nullable;

/**
 * What the application has seen of one result so far: the number of rows, a fingerprint of their
 * values, whether it reached the end, and what it was told of the row that follows.
 *
 * <p>Not thread-safe.
 */
public final class RowTrace {

  /** What the application was told of the row behind those that it has read. */
  private enum Following {
    NOT_ASKED,
    THERE,
    MISSING
  }

  private final Fingerprint fingerprint = new Fingerprint();
  private long rows;
  private boolean ended;
  private Following following = Following.NOT_ASKED;

  /** Adds a value of the row that is being read, in the order of the columns. */
  public void value(byte @Nullable [] value) {
    fingerprint.add(value);
  }

  /** Ends a row, after its last value. */
  public void rowRead() {
    rows++;
    following = Following.NOT_ASKED;
  }

  /** Records that the application was told that there are no more rows. */
  public void endReached() {
    ended = true;
    following = Following.NOT_ASKED;
  }

  /**
   * Records that the application was told, without advancing, whether another row follows. It knows
   * that anyhow once it has reached the end.
   */
  public void toldOfFollowing(boolean there) {
    if (!ended) {
      following = there ? Following.THERE : Following.MISSING;
    }
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
   * Returns whether the application knows, without having advanced, whether another row follows.
   */
  public boolean knowsFollowing() {
    return following != Following.NOT_ASKED;
  }

  /**
   * Returns how another result differs from this one, as far as this one was read; null if it does
   * not.
   */
  public @Nullable String differenceTo(RowTrace other) {
    boolean knowsAll = ended || following == Following.MISSING;
    if (other.rows < rows) {
      return "%d rows where there had been %s%d"
          .formatted(other.rows, knowsAll ? "" : "at least ", rows);
    }
    if (following == Following.THERE && other.following != Following.THERE) {
      return "%d rows where there had been more".formatted(rows);
    }
    if (ended != other.ended || following != other.following) {
      return "more than the %d rows there had been".formatted(rows);
    }
    return fingerprint.matches(other.fingerprint) ? null : "other values in its rows";
  }
}

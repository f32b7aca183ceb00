package io.baton.session.journal;

import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * What the application has seen of one result so far: the number of rows, a fingerprint of their
 * values, whether it reached the end, and what it was told of the row that follows.
 *
 * <p>Of a result with columns that the application did not ask for, each has a fingerprint of its
 * own, and those count of which it was told a value.
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

  private static final int WHOLE_ROWS = 1;
  private static final long COLUMN_BYTES = 40;

  /** One for the rows as a whole, or one for each column. */
  private final Fingerprint[] fingerprints;

  /** The columns, from 0, of which the application was told a value; null if all count. */
  private final @Nullable BitSet told;

  /** The column of the next value. */
  private int column;

  private long rows;
  private boolean ended;
  private Following following = Following.NOT_ASKED;

  private RowTrace(int fingerprints, @Nullable BitSet told) {
    this.fingerprints = new Fingerprint[fingerprints];
    Arrays.setAll(this.fingerprints, index -> new Fingerprint());
    this.told = told;
  }

  /** One of rows that count as a whole. */
  public static RowTrace ofRows() {
    return new RowTrace(WHOLE_ROWS, null);
  }

  /** One of which a column counts from when the application was told a value of it. */
  public static RowTrace ofColumns(int columns) {
    return new RowTrace(columns, new BitSet(columns));
  }

  /** One of another result of the same columns, of which the same ones count. */
  public RowTrace ofAnother() {
    return new RowTrace(fingerprints.length, told == null ? null : (BitSet) told.clone());
  }

  /** Adds a value of the row that is being read, in the order of the columns. */
  public void value(byte @Nullable [] value) {
    fingerprints[column].add(value);
    if (told != null) {
      column++;
    }
  }

  /** Records that the application was told a value of a column, counted from 1. */
  public void toldValue(int index) {
    if (told != null && index > 0 && index <= fingerprints.length) {
      told.set(index - 1);
    }
  }

  /** Returns about how many bytes of memory the columns hold, beyond what whole rows would. */
  public long estimatedBytes() {
    return (fingerprints.length - WHOLE_ROWS) * COLUMN_BYTES;
  }

  /** Ends a row, after its last value. */
  public void rowRead() {
    rows++;
    column = 0;
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
    return valuesMatch(other) ? null : "other values in its rows";
  }

  private boolean valuesMatch(RowTrace other) {
    for (int index = 0; index < fingerprints.length; index++) {
      boolean counts = told == null || told.get(index);
      if (counts && !fingerprints[index].matches(other.fingerprints[index])) {
        return false;
      }
    }
    return true;
  }
}

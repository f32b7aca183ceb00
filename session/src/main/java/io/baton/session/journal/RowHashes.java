package io.baton.session.journal;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Hashes of the rows of a result, compared without regard to their order: as a multiset, since a
 * result may hold a row twice.
 *
 * <p>The hash of the whole is the sum of the hashes of its rows, 64 bits twice, and their number. A
 * sum does not depend on the order, and unlike an exclusive or, rows that are alike do not cancel
 * each other out. It detects results that differ by chance, as {@link Fingerprint} does.
 *
 * <p>Not thread-safe.
 */
public final class RowHashes {

  private static final int FIRST_CAPACITY = 16;

  private long[] firsts = new long[FIRST_CAPACITY];
  private long[] seconds = new long[FIRST_CAPACITY];
  private int rows;

  /** Creates those of a result without rows. */
  public RowHashes() {}

  /** Adds a row, of which all values were added to the fingerprint. */
  public void add(Fingerprint row) {
    if (rows == firsts.length) {
      firsts = Arrays.copyOf(firsts, rows * 2);
      seconds = Arrays.copyOf(seconds, rows * 2);
    }
    firsts[rows] = row.first();
    seconds[rows] = row.second();
    rows++;
  }

  /** Returns the number of rows. */
  public int rows() {
    return rows;
  }

  /** Returns the hash of all rows, in 32 hexadecimal digits: the same for any order of them. */
  public String whole() {
    long first = 0;
    long second = 0;
    for (int row = 0; row < rows; row++) {
      first += firsts[row];
      second += seconds[row];
    }
    return "%016x%016x".formatted(first, second ^ rows);
  }

  /**
   * Returns the hash of a row that this result has more often than another one; the least of them,
   * in 16 hexadecimal digits; null if there is none.
   */
  public @Nullable String firstMissingIn(RowHashes other) {
    long[] here = Arrays.copyOf(firsts, rows);
    long[] there = Arrays.copyOf(other.firsts, other.rows);
    Arrays.sort(here);
    Arrays.sort(there);
    int at = 0;
    for (long hash : here) {
      while (at < there.length && there[at] < hash) {
        at++;
      }
      if (at == there.length || there[at] != hash) {
        return "%016x".formatted(hash);
      }
      at++;
    }
    return null;
  }
}

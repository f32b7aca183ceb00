package io.baton.routing.consistency;

import org.jspecify.annotations.Nullable;

/**
 * A position in PostgreSQL's write-ahead log (a log sequence number).
 *
 * <p>Positions are comparable only on one timeline, or up to the point where two timelines part.
 *
 * @param position the byte position, an unsigned 64-bit number
 */
public record Lsn(long position) implements Comparable<Lsn> {

  /**
   * Reads the form of PostgreSQL's type {@code pg_lsn}: two hexadecimal numbers of up to eight
   * digits with a slash between, such as {@code 0/16B3748}.
   *
   * @throws IllegalArgumentException if the text is not of that form
   */
  public static Lsn parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 1 || slash > 8 || slash + 1 == text.length() || text.length() - slash > 9) {
      throw notAnLsn(text);
    }
    try {
      long high = Long.parseUnsignedLong(text, 0, slash, 16);
      long low = Long.parseUnsignedLong(text, slash + 1, text.length(), 16);
      return new Lsn(high << 32 | low);
    } catch (NumberFormatException notHexadecimal) {
      throw notAnLsn(text);
    }
  }

  private static IllegalArgumentException notAnLsn(String text) {
    return new IllegalArgumentException("'" + text + "' is not a WAL position such as 0/16B3748");
  }

  /** The number of bytes by which this position is ahead of another; negative if it is behind. */
  public long minus(Lsn other) {
    return position - other.position;
  }

  /** Whether this position is the given one or past it. */
  public boolean hasReached(Lsn other) {
    return compareTo(other) >= 0;
  }

  @Override
  public int compareTo(Lsn other) {
    return Long.compareUnsigned(position, other.position);
  }

  // By hand: what Java makes of a record is linked when it is first used, which would be in the
  // middle of a recovery.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Lsn lsn && position == lsn.position;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(position);
  }

  /** The form PostgreSQL prints, such as {@code 0/16B3748}. */
  @Override
  public String toString() {
    return Long.toHexString(position >>> 32).toUpperCase(java.util.Locale.ROOT)
        + "/"
        + Long.toHexString(position & 0xFFFF_FFFFL).toUpperCase(java.util.Locale.ROOT);
  }
}

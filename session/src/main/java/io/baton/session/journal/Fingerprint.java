package io.baton.session.journal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A 128-bit hash over a sequence of values, sensitive to their order and to where one ends and the
 * next begins; null is a value of its own.
 *
 * <p>It is computed while the application reads, so it allocates nothing and reads each byte once.
 * The mixing is that of MurmurHash3 (x64, 128 bits); the length of each value is mixed in ahead of
 * it. It detects results that differ by chance, for which 128 bits are plenty. It does not guard
 * against a hostile server.
 *
 * <p>Not thread-safe.
 */
public final class Fingerprint {

  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long FIRST_FACTOR = 0x87c37b91114253d5L;
  private static final long SECOND_FACTOR = 0x4cf5ad432745937fL;
  private static final long FIRST_ADDEND = 0x52dce729;
  private static final long SECOND_ADDEND = 0x38495ab5;
  private static final long NULL = -1;

  private long high;
  private long low;

  /** Adds one value. */
  public void add(byte @Nullable [] value) {
    if (value == null) {
      mix(NULL, NULL);
      return;
    }
    int length = value.length;
    int at = 0;
    long word = length;
    while (at + Long.BYTES <= length) {
      mix(word, (long) WORDS.get(value, at));
      at += Long.BYTES;
      word = at;
    }
    long rest = 0;
    for (int shift = 0; at < length; at++, shift += Byte.SIZE) {
      rest |= (value[at] & 0xffL) << shift;
    }
    mix(word, rest);
  }

  /** Adds a text. */
  public void add(@Nullable String text) {
    add(text == null ? null : text.getBytes(StandardCharsets.UTF_8));
  }

  /** Adds a text by its characters, which allocates nothing; not the same as by its bytes. */
  public void addCharacters(String text) {
    int length = text.length();
    long word = length;
    long rest = 0;
    int shift = 0;
    for (int at = 0; at < length; at++) {
      rest |= (long) text.charAt(at) << shift;
      shift += Character.SIZE;
      if (shift == Long.SIZE) {
        mix(word, rest);
        word = at;
        rest = 0;
        shift = 0;
      }
    }
    mix(word, rest);
  }

  /** Adds a number. */
  public void add(long number) {
    mix(Long.BYTES, number);
  }

  private void mix(long first, long second) {
    high ^= Long.rotateLeft(first * FIRST_FACTOR, 31) * SECOND_FACTOR;
    high = (Long.rotateLeft(high, 27) + low) * 5 + FIRST_ADDEND;
    low ^= Long.rotateLeft(second * SECOND_FACTOR, 33) * FIRST_FACTOR;
    low = (Long.rotateLeft(low, 31) + high) * 5 + SECOND_ADDEND;
  }

  /** Returns half of the value, each bit of which depends on all that was added. */
  long first() {
    return finished(high + 3 * low);
  }

  /** Returns the other half. */
  long second() {
    return finished(low ^ Long.rotateLeft(high, 29));
  }

  /** The finaliser of MurmurHash3. */
  private static long finished(long value) {
    long mixed = value;
    mixed = (mixed ^ (mixed >>> 33)) * 0xff51afd7ed558ccdL;
    mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return mixed ^ (mixed >>> 33);
  }

  /** Returns whether another fingerprint has the same value. */
  public boolean matches(Fingerprint other) {
    return high == other.high && low == other.low;
  }

  @Override
  public String toString() {
    return "%016x%016x".formatted(high, low);
  }
}

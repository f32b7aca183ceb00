package io.baton.jdbc.options;

import java.time.Duration;

/**
 * How far a reader may be behind the writer and still be read from ({@code baton.maxLag}): not
 * bounded, bounded in time, or bounded in bytes of write-ahead log.
 */
public sealed interface MaxLag {

  /** No bound. */
  MaxLag NONE = new Unbounded();

  /** True if a reader that is this far behind may be read from. */
  boolean admits(Duration behind, long bytesBehind);

  /** No bound; use {@link MaxLag#NONE}. */
  record Unbounded() implements MaxLag {
    @Override
    public boolean admits(Duration behind, long bytesBehind) {
      return true;
    }
  }

  /** At most so long behind. */
  record InTime(Duration atMost) implements MaxLag {
    @Override
    public boolean admits(Duration behind, long bytesBehind) {
      return behind.compareTo(atMost) <= 0;
    }
  }

  /** At most so many bytes of write-ahead log behind. */
  record InBytes(long atMost) implements MaxLag {
    @Override
    public boolean admits(Duration behind, long bytesBehind) {
      return bytesBehind <= atMost;
    }
  }
}

package io.baton.routing.consistency;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What a reader must have reached before it may be read from.
 *
 * <p>The argument. A writer's insert position only grows, and an acknowledged commit ends at or
 * before it. So any position that is asked of the writer <em>after</em> a write was acknowledged is
 * past that write; it need not be the position of the commit itself. Writers therefore only count:
 * {@link #wrote} is one atomic increment. A read looks at the count first and asks for the position
 * afterwards, if nobody has since that count was reached: all writes that were acknowledged before
 * the read began are then covered. While nothing is written, nobody asks.
 *
 * <p>Thread-safe, without locks.
 */
public final class CausalClock {

  /** A position of the writer, asked after so many writes had been acknowledged. */
  private record Sample(long writes, ConsistencyToken token) {}

  private static final Sample NOTHING = new Sample(0, ConsistencyToken.NONE);

  private final AtomicLong writes = new AtomicLong();
  private final AtomicReference<Sample> newest = new AtomicReference<>(NOTHING);
  private final AtomicReference<ConsistencyToken> required =
      new AtomicReference<>(ConsistencyToken.NONE);

  /** A write was acknowledged, or may have taken place. */
  public void wrote() {
    writes.incrementAndGet();
  }

  /** How many writes there were; to be read before the writer is asked for its position. */
  public long writes() {
    return writes.get();
  }

  /** What a reader must have reached now; null if the writer has to be asked for its position. */
  public @Nullable ConsistencyToken known() {
    long count = writes.get();
    Sample sample = value(newest);
    return sample.writes() >= count ? sample.token().orLater(value(required)) : null;
  }

  /**
   * The writer gave its position.
   *
   * @param count {@link #writes} as read before it was asked
   * @return what a reader must have reached
   */
  public ConsistencyToken sampled(long count, ConsistencyToken token) {
    newest.accumulateAndGet(
        new Sample(count, token),
        (present, given) -> given.writes() >= present.writes() ? given : present);
    return token.orLater(value(required));
  }

  private static <T> T value(AtomicReference<T> reference) {
    return Objects.requireNonNull(reference.get(), "never set to null");
  }

  /** Has readers reach this, too: a token from another process. */
  public void require(ConsistencyToken token) {
    required.accumulateAndGet(token, ConsistencyToken::orLater);
  }
}

package io.baton.routing.consistency;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How one reader keeps up with the writer, as far as the reads of this JVM have seen it: whether
 * one that is behind is worth waiting for.
 *
 * <p>Nobody waits for what waiting cannot bring:
 *
 * <ul>
 *   <li><em>another timeline</em>: a standby shows it with its next restart point, or at once if it
 *       shows it to this role at all (see {@link PositionQuery});
 *   <li><em>a replay that is paused</em>;
 *   <li><em>a lag that is known to be longer than the wait.</em>
 * </ul>
 *
 * <p>The lag is measured by one position at a time, the <em>mark</em>: the first that a read wanted
 * and did not find there. While the mark is not reached, the lag is at least the time since then,
 * as of the last look. Once a look finds it reached, the lag was between the time of the last look
 * that did not and the time of this one; what was believed before is moved into that interval. So a
 * wait that runs out makes the lag at least as long as it was, and nobody waits again before a
 * later mark was reached in less. As rare looks may never show that, a lag is forgotten when a mark
 * is set {@value #MEMORY_SECONDS} s after it was last seen, that is, when the mark before it was
 * reached. Hence no read waits for a lag that another one has waited for in vain.
 *
 * <p>It is about speed alone. Whether a reader shows enough is decided by its position.
 *
 * <p>Thread-safe, without locks; what is lost if two looks coincide is made up by the next.
 */
public final class ReaderProgress {

  static final int MEMORY_SECONDS = 10;

  /** How long a reader that waiting cannot help is not even asked again. */
  static final int REST_MILLIS = 100;

  private static final long MEMORY_NANOS = TimeUnit.SECONDS.toNanos(MEMORY_SECONDS);
  private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(REST_MILLIS);

  /**
   * What is known.
   *
   * @param lag the lag, in nanoseconds; 0 if none is known
   * @param lagSeenAt when a look last said something of it
   * @param mark what was wanted and has not been reached; null if there is no such thing
   * @param markedAt when it was wanted
   * @param shortAt when a look last did not find it reached
   * @param found what the last look found
   * @param lookedAt when that was
   */
  private record Knowledge(
      long lag,
      long lagSeenAt,
      @Nullable TimelinePosition mark,
      long markedAt,
      long shortAt,
      ReaderPosition found,
      long lookedAt) {

    /** What is known after one more look. */
    Knowledge after(ReaderPosition look, TimelinePosition wanted, long now) {
      TimelinePosition position = look.position();
      long newLag = lag;
      long seenAt = lagSeenAt;
      TimelinePosition open = mark;
      long openedAt = markedAt;
      if (open != null && position.hasReached(open)) {
        newLag = Math.max(shortAt - markedAt, Math.min(lag, now - markedAt));
        seenAt = newLag == lag ? lagSeenAt : now;
        open = null;
      }
      boolean isShort = open != null;
      if (open == null && !position.hasReached(wanted)) {
        open = wanted;
        openedAt = now;
        newLag = now - seenAt >= MEMORY_NANOS ? 0 : newLag;
      } else if (isShort && now - openedAt >= newLag) {
        newLag = now - openedAt;
        seenAt = now;
      }
      return new Knowledge(newLag, seenAt, open, openedAt, now, look, now);
    }

    /** Whether the last look found something that waiting does not change. */
    boolean isStuck(TimelinePosition wanted) {
      return !found.position().hasReached(wanted)
          && (found.paused() || found.position().timeline() < wanted.timeline());
    }
  }

  private final LongSupplier nanoTime;
  private final AtomicReference<@Nullable Knowledge> knowledge = new AtomicReference<>();

  /**
   * Makes one that knows nothing.
   *
   * @param nanoTime the clock, as {@link System#nanoTime}
   */
  public ReaderProgress(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** The reader was asked for its position by a read that wants this one. */
  public void looked(ReaderPosition found, TimelinePosition wanted) {
    long now = nanoTime.getAsLong();
    knowledge.updateAndGet(
        known ->
            (known == null ? new Knowledge(0, now, null, now, now, found, now) : known)
                .after(found, wanted, now));
  }

  /**
   * Whether it is known without asking that a reader has not reached a position: a look a moment
   * ago found it paused, or on another timeline.
   */
  public boolean isKnownShort(TimelinePosition wanted) {
    Knowledge known = knowledge.get();
    return known != null
        && known.isStuck(wanted)
        && nanoTime.getAsLong() - known.lookedAt() < REST_NANOS;
  }

  /** Whether a reader that was found short of a position may reach it within a wait. */
  public boolean mayCatchUp(TimelinePosition wanted, Duration wait) {
    Knowledge known = knowledge.get();
    return known == null || (!known.isStuck(wanted) && known.lag() < wait.toNanos());
  }
}

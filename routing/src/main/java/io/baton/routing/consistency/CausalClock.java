package io.baton.routing.consistency;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What a reader must have reached before it may be read from.
 *
 * <p>The argument. A writer's insert position only grows, and an acknowledged commit ends at or
 * before it. So any position that is asked of the writer <em>after</em> a write was acknowledged is
 * past that write; it need not be the position of the commit itself. Writers therefore only count:
 * {@link #wrote} gives each write a number. A read looks at the number of the last write that
 * matters to it, and asks for the position afterwards, if nobody has since that number was given:
 * all writes that matter and were acknowledged before the read began are then covered. While
 * nothing is written, nobody asks.
 *
 * <h2>Tables</h2>
 *
 * <p>Which writes matter to a read depends on the tables. Kept are the number of the last write to
 * each table, and that of the last write of which the tables are not known, which matters to all. A
 * read of tables that are known needs the last write to each of them and that one; a read of which
 * they are not known needs the last write of all. It is sound as long as two things hold of the
 * names that are given here: a write names every table of which it may have changed a row, or none;
 * and a read names every table of which it may show a row, or none.
 *
 * <p>A position that covers the last write to a table is kept with it. So a table that is not
 * written any more needs no more as time passes, however busy others are, and a reader that is
 * always late serves it once it is past that position. (If it is kept at the first read that needs
 * it, it may lie further on than it must. That is sound.)
 *
 * <p>A write is numbered before it is noted with its tables. A read in between may miss it, and
 * may: its writer has not been told yet that it is done. Names are never removed; once there are
 * {@value #MOST_TABLES}, a write to another table counts as one to all.
 *
 * <p>Thread-safe, without locks.
 */
public final class CausalClock {

  static final int MOST_TABLES = 1000;

  /** A position of the writer, asked after so many writes had been acknowledged. */
  private record Sample(long writes, TimelinePosition position) {}

  /**
   * The last write to something.
   *
   * @param number its number
   * @param covered a position that covers it; null while none is known
   */
  private record LastWrite(long number, @Nullable TimelinePosition covered) {

    static LastWrite later(LastWrite one, LastWrite other) {
      return other.number > one.number ? other : one;
    }
  }

  private static final Sample NOTHING = new Sample(0, TimelinePosition.NONE);
  private static final LastWrite NEVER = new LastWrite(0, TimelinePosition.NONE);

  private final AtomicLong writes = new AtomicLong();
  private final AtomicReference<Sample> newest = new AtomicReference<>(NOTHING);

  /** The last write of which the tables are not known. */
  private final AtomicReference<LastWrite> anywhere = new AtomicReference<>(NEVER);

  private final Map<String, LastWrite> tables = new ConcurrentHashMap<>();

  /** How many write where it is not seen. */
  private final AtomicInteger unseen = new AtomicInteger();

  /** A write was acknowledged, or may have taken place; it may have been to any table. */
  public void wrote() {
    wrote(Tables.ALL);
  }

  /**
   * A write was acknowledged, or may have taken place.
   *
   * @param written every table of which it may have changed a row
   */
  public void wrote(Tables written) {
    LastWrite write = new LastWrite(writes.incrementAndGet(), null);
    if (written.all()) {
      anywhere.accumulateAndGet(write, LastWrite::later);
      return;
    }
    for (String table : written.names()) {
      if (tables.containsKey(table) || tables.size() < MOST_TABLES) {
        tables.merge(table, write, LastWrite::later);
      } else {
        anywhere.accumulateAndGet(write, LastWrite::later);
      }
    }
  }

  /** From now on, until {@link #unseenWritesEnd}, somebody may write at any time, to any table. */
  public void unseenWritesBegin() {
    unseen.incrementAndGet();
  }

  /** Somebody who may have written at any time does not any more. */
  public void unseenWritesEnd() {
    wrote();
    unseen.decrementAndGet();
  }

  /** A read begins: what may have been written out of sight by now, it has to show. */
  public void noteUnseenWrites() {
    if (unseen.get() > 0) {
      wrote();
    }
  }

  /** How many writes there were; to be read before the writer is asked for its position. */
  public long writes() {
    return writes.get();
  }

  /**
   * What a reader must have reached now for a read; null if the writer has to be asked for its
   * position.
   *
   * @param read every table of which it may show a row
   */
  public @Nullable TimelinePosition known(Tables read) {
    if (read.all()) {
      return covering(new LastWrite(writes.get(), null));
    }
    LastWrite last = value(anywhere);
    TimelinePosition needed = covering(last);
    if (needed != null && last.covered() == null) {
      anywhere.compareAndSet(last, new LastWrite(last.number(), needed));
    }
    for (String table : read.names()) {
      LastWrite lastHere = tables.get(table);
      if (needed != null && lastHere != null) {
        TimelinePosition neededHere = covering(lastHere);
        if (neededHere == null) {
          return null;
        }
        if (lastHere.covered() == null) {
          tables.replace(table, lastHere, new LastWrite(lastHere.number(), neededHere));
        }
        needed = needed.orLater(neededHere);
      }
    }
    return needed;
  }

  /** The least position that is known to cover a write; null if none is. */
  private @Nullable TimelinePosition covering(LastWrite write) {
    Sample sample = value(newest);
    TimelinePosition covered = write.covered();
    if (sample.writes() < write.number()) {
      return covered;
    }
    // The newest is less only if the cluster was replaced by one with a history of its own.
    return covered != null && sample.position().orLater(covered).equals(sample.position())
        ? covered
        : sample.position();
  }

  /** The position that the writer was last asked for; it has written at least that much. */
  public TimelinePosition newest() {
    return value(newest).position();
  }

  /**
   * The writer gave its position.
   *
   * @param count {@link #writes} as read before it was asked
   */
  public void sampled(long count, TimelinePosition position) {
    newest.accumulateAndGet(
        new Sample(count, position),
        (present, given) -> given.writes() >= present.writes() ? given : present);
  }

  private static <T> T value(AtomicReference<T> reference) {
    return Objects.requireNonNull(reference.get(), "never set to null");
  }
}

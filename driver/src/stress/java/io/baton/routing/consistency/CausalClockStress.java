package io.baton.routing.consistency;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * One session writes while others read, and ask the writer for its position where they must:
 * whoever begins to read after a write was acknowledged is told to ask, or to wait for a position
 * that covers it.
 */
public class CausalClockStress {

  private static final Tables WRITTEN = Tables.of(Set.of("public.entry"));

  private CausalClockStress() {}

  private static boolean covers(TimelinePosition known, long acknowledged) {
    return known == null || known.hasReached(position(acknowledged));
  }

  private static TimelinePosition position(long number) {
    return number == 0 ? TimelinePosition.NONE : new TimelinePosition(1, new Lsn(number));
  }

  /** One reads the table, and what is not known, while it is written. */
  @JCStressTest
  @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "the read shows what was acknowledged")
  @State
  public static class Reading {

    private final CausalClock clock = new CausalClock();

    /** The writer's insert position. */
    private volatile long written;

    private volatile long acknowledged;

    /** A session that writes twice. */
    @Actor
    public void writer() {
      for (int write = 1; write <= 2; write++) {
        written = write;
        clock.wrote(WRITTEN);
        acknowledged = write;
      }
    }

    /** A session that reads. */
    @Actor
    public void reader(ZZ_Result result) {
      result.r1 = isShown(WRITTEN);
      result.r2 = isShown(Tables.ALL);
    }

    private boolean isShown(Tables read) {
      long seen = acknowledged;
      if (clock.known(read) == null) {
        long count = clock.writes();
        clock.sampled(count, position(written));
      }
      return covers(clock.known(read), seen);
    }
  }

  /** Two write and ask the writer for its position, side by side. */
  @JCStressTest
  @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "an older answer does not count")
  @State
  public static class Asking {

    private final CausalClock clock = new CausalClock();

    /** The writer's insert position. */
    private final AtomicLong written = new AtomicLong();

    private long writtenHere;

    private void sample() {
      long count = clock.writes();
      clock.sampled(count, position(written.get()));
    }

    /** A session that writes to the table. */
    @Actor
    public void writer() {
      writtenHere = written.incrementAndGet();
      clock.wrote(WRITTEN);
      sample();
    }

    /** One that writes elsewhere. */
    @Actor
    public void other() {
      written.incrementAndGet();
      clock.wrote(Tables.ALL);
      sample();
    }

    /** What reads are told once both are done. */
    @Arbiter
    public void reader(ZZ_Result result) {
      result.r1 = covers(clock.known(WRITTEN), writtenHere);
      result.r2 = covers(clock.known(Tables.ALL), written.get());
    }
  }
}

package io.baton.routing.switchover;

import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.ScheduledSwitchover;
import io.baton.routing.topology.ServerStatus;
import io.baton.routing.topology.Topology;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far a switchover that was announced has come, as a value: {@link Announced}, {@link Holding}
 * calls back, {@link Ended}. It goes from one to the next with time, and with what is known of the
 * writer; {@link #at} is the only way on.
 *
 * <p>Calls are held back from {@link #LEAD} before the time that was announced until there is
 * another writer, or the same on another timeline. While the old one goes on, that is no longer
 * than the hold that was granted. While there is none, there is nothing to write to, and each call
 * ends by its own limits; but that is bounded, too.
 */
sealed interface SwitchoverStage {

  /**
   * How long before the time that was announced new transactions are held back, so that those under
   * way can end. Clocks of machines differ by less.
   */
  Duration LEAD = Duration.ofMillis(500);

  /**
   * What a stage depends on.
   *
   * @param time the time of day
   * @param nanos the nanosecond clock
   * @param writer the writer; null if there is none
   */
  record Moment(Instant time, long nanos, @Nullable Writer writer) {}

  /**
   * The one who takes writes.
   *
   * @param endpoint where it is
   * @param timeline what it writes; 0 where there are no timelines
   */
  record Writer(Endpoint endpoint, long timeline) {

    /** The writer that is known; null if there is none. */
    static @Nullable Writer of(Topology topology) {
      return topology.writer().map(Writer::of).orElse(null);
    }

    private static Writer of(EndpointState state) {
      ServerStatus status = state.status();
      return new Writer(state.endpoint(), status == null ? 0 : status.timeline());
    }
  }

  /**
   * How long calls may be held back.
   *
   * @param whileWriterGoesOn after the time that was announced, while the old writer is there
   * @param withoutWriter how much longer while there is none
   */
  record Limits(Duration whileWriterGoesOn, Duration withoutWriter) {}

  /** How it ended. */
  enum Outcome {
    /** There is another writer. */
    TOOK_PLACE,
    /** The one that was to be the writer was so before its time. */
    NEEDLESS,
    /** The old writer went on, or there was none for too long. */
    IN_VAIN
  }

  /** What was announced. */
  ScheduledSwitchover planned();

  /** Who announced it. */
  Announcer by();

  /** The stage at a later moment: this one if nothing has changed. */
  SwitchoverStage at(Moment moment);

  /**
   * It is not time yet.
   *
   * @param lastWriter the writer that was known last; null if there was none
   */
  record Announced(
      ScheduledSwitchover planned, Announcer by, Limits limits, @Nullable Writer lastWriter)
      implements SwitchoverStage {

    @Override
    public SwitchoverStage at(Moment moment) {
      Writer writer = moment.writer() == null ? lastWriter : moment.writer();
      if (moment.time().isBefore(planned.at().minus(LEAD))) {
        return writer == null || writer.equals(lastWriter)
            ? this
            : new Announced(planned, by, limits, writer);
      }
      if (writer != null && writer.endpoint().equals(planned.to())) {
        return new Ended(planned, by, Outcome.NEEDLESS);
      }
      Duration left =
          Duration.between(moment.time(), planned.at()).plus(limits.whileWriterGoesOn());
      long until = moment.nanos() + left.toNanos();
      long longest = until + limits.withoutWriter().toNanos();
      return new Holding(planned, by, writer, until, longest).at(moment);
    }
  }

  /**
   * Calls are held back.
   *
   * @param before the writer that is to be replaced; null if none was known
   * @param until the nanosecond clock when that ends while there is a writer
   * @param longest the nanosecond clock when it ends in any case
   */
  record Holding(
      ScheduledSwitchover planned, Announcer by, @Nullable Writer before, long until, long longest)
      implements SwitchoverStage {

    @Override
    public SwitchoverStage at(Moment moment) {
      if (moment.writer() != null && !moment.writer().equals(before)) {
        return new Ended(planned, by, Outcome.TOOK_PLACE);
      }
      return nanosLeft(moment) <= 0 ? new Ended(planned, by, Outcome.IN_VAIN) : this;
    }

    /** How long it is held on at most, if nothing more becomes known of the writer. */
    long nanosLeft(Moment moment) {
      return (moment.writer() == null ? longest : until) - moment.nanos();
    }
  }

  /** It is over. */
  record Ended(ScheduledSwitchover planned, Announcer by, Outcome outcome)
      implements SwitchoverStage {

    @Override
    public SwitchoverStage at(Moment moment) {
      return this;
    }
  }
}

package io.baton.routing.switchover;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.baton.routing.switchover.SwitchoverStage.Ended;
import io.baton.routing.switchover.SwitchoverStage.Holding;
import io.baton.routing.switchover.SwitchoverStage.Limits;
import io.baton.routing.switchover.SwitchoverStage.Moment;
import io.baton.routing.switchover.SwitchoverStage.Outcome;
import io.baton.routing.switchover.SwitchoverStage.Writer;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.Environment;
import io.baton.routing.topology.ScheduledSwitchover;
import io.baton.routing.topology.Topology;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says when the calls of a cluster's sessions that would begin a transaction, or write outside of
 * one, are held back for a switchover that was announced.
 *
 * <p>There is one announcement at a time. A newer one takes the place of one of which the time has
 * not come, but a notification not the place of what the program or the list of servers announced.
 *
 * <p>Whoever may connect to the database may send a notification, so what is announced that way can
 * do little: the calls are held back for {@link Announcer#longestHold} at most, and when the
 * switchover does not take place, notifications are not heeded for ten minutes, then twenty, and so
 * on up to a day. A switchover that takes place ends that.
 *
 * <p>It has no thread: time is looked at when somebody asks. While nothing is announced, asking is
 * one volatile read. It outlives its cluster, so that a program that closes and opens its only
 * connection knows what was announced.
 *
 * <p>Safe for use by many threads.
 */
public final class SwitchoverGate {

  /** How long ago the time of a new announcement may be: it was under way. */
  private static final Duration LATEST = Duration.ofSeconds(2);

  private static final Duration FIRST_DISTRUST = Duration.ofMinutes(10);
  private static final Duration LONGEST_DISTRUST = Duration.ofDays(1);

  private static final Logger log = LoggerFactory.getLogger(SwitchoverGate.class);

  private final Environment environment;
  private final Duration withoutWriter;
  private final ReentrantLock lock = new ReentrantLock();

  /** Written under the lock; null if nothing is announced. */
  private volatile @Nullable SwitchoverStage stage;

  private volatile Duration longestHold = Duration.ofDays(1);

  /** What the list of servers announced last: it says so again each time. */
  @GuardedBy("lock")
  private @Nullable ScheduledSwitchover listed;

  @GuardedBy("lock")
  private Duration distrust = FIRST_DISTRUST;

  /** The nanosecond clock until when notifications are not heeded; null if they are. */
  @GuardedBy("lock")
  private @Nullable Long distrustedUntil;

  /**
   * Makes a gate, which is open.
   *
   * @param withoutWriter how much longer calls may be held back while there is no writer
   */
  public SwitchoverGate(Environment environment, Duration withoutWriter) {
    this.environment = environment;
    this.withoutWriter = withoutWriter;
  }

  /**
   * Bounds how long calls are held back after the time that was announced, while the old writer
   * goes on.
   */
  public void limitHold(Duration longest) {
    longestHold = longest;
  }

  /**
   * Takes an announcement.
   *
   * @return why it is refused; empty if it is not
   */
  public Optional<String> announce(ScheduledSwitchover planned, Announcer by, Topology now) {
    lock.lock();
    try {
      Moment moment = moment(now);
      SwitchoverStage present = advanced(moment);
      if (present != null && present.planned().equals(planned)) {
        return Optional.empty();
      }
      String refusal = refusal(planned, by, present, now, moment);
      if (refusal == null) {
        log.info("Announced {}: {}", by, planned);
        Limits limits = new Limits(shorter(by.longestHold(), longestHold), withoutWriter);
        stage = new SwitchoverStage.Announced(planned, by, limits, moment.writer());
        advanced(moment);
      }
      return Optional.ofNullable(refusal);
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private @Nullable String refusal(
      ScheduledSwitchover planned,
      Announcer by,
      @Nullable SwitchoverStage present,
      Topology now,
      Moment moment) {
    if (planned.to() != null && now.state(planned.to()).isEmpty()) {
      return planned.to()
          + " is not an endpoint of this cluster, which has "
          + now.endpoints().stream().map(EndpointState::endpoint).toList();
    }
    if (moment.writer() != null && moment.writer().endpoint().equals(planned.to())) {
      return planned.to() + " is the writer already";
    }
    if (planned.at().isBefore(moment.time().minus(LATEST))) {
      return planned.at() + " is over; here it is " + moment.time();
    }
    if (longestHold.isZero()) {
      return "nothing is waited for (baton.drainTimeout=0)";
    }
    if (present instanceof Holding) {
      return present.planned() + " is under way";
    }
    if (!by.isAnybody()) {
      return null;
    }
    if (present != null && !present.by().isAnybody()) {
      return present.planned() + " is announced " + present.by();
    }
    if (distrustedUntil != null && distrustedUntil - moment.nanos() > 0) {
      return "the last one did not take place, and no notification is heeded for another "
          + Duration.ofNanos(distrustedUntil - moment.nanos()).toSeconds()
          + " s";
    }
    return null;
  }

  /**
   * Takes what the list of servers says, each time it is read.
   *
   * @param planned what it announces; null if nothing
   */
  public void listed(@Nullable ScheduledSwitchover planned, Topology now) {
    lock.lock();
    try {
      ScheduledSwitchover before = listed;
      listed = planned;
      if (planned != null && !planned.equals(before)) {
        announce(planned, Announcer.SOURCE, now)
            .ifPresent(why -> log.warn("{} is announced, and not waited for: {}", planned, why));
      } else if (planned == null
          && stage instanceof SwitchoverStage.Announced announced
          && announced.by() == Announcer.SOURCE) {
        log.info("{} is not announced any more", announced.planned());
        stage = null;
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Whether calls are held back now. As long as a stage lasts, which may be days before the time
   * that was announced, it takes no lock.
   */
  public boolean isClosed(Topology now) {
    SwitchoverStage present = stage;
    if (present == null) {
      return false;
    }
    Moment moment = moment(now);
    if (present.at(moment) == present) {
      return present instanceof Holding;
    }
    lock.lock();
    try {
      return advanced(moment) instanceof Holding;
    } finally {
      lock.unlock();
    }
  }

  /** Whether calls would be held back if this were known; changes nothing and takes no lock. */
  public boolean wouldHold(Topology now) {
    SwitchoverStage present = stage;
    return present != null && present.at(moment(now)) instanceof Holding;
  }

  /** How long calls are held back on at most, if nothing more becomes known. */
  public Duration longestWait(Topology now) {
    Moment moment = moment(now);
    return stage instanceof Holding holding
        ? Duration.ofNanos(Math.max(0, holding.nanosLeft(moment)))
        : Duration.ZERO;
  }

  private Moment moment(Topology now) {
    return new Moment(
        environment.clock().instant(), environment.nanoTime().getAsLong(), Writer.of(now));
  }

  /** The stage as it is by now; null if there is none, or it has just ended. */
  @GuardedBy("lock")
  private @Nullable SwitchoverStage advanced(Moment moment) {
    SwitchoverStage before = stage;
    if (before == null) {
      return null;
    }
    SwitchoverStage after = before.at(moment);
    if (after instanceof Holding && !(before instanceof Holding)) {
      log.info("New transactions wait for {}, announced {}", after.planned(), after.by());
    }
    stage = after;
    if (after instanceof Ended ended) {
      stage = null;
      ended(ended, moment);
    }
    return stage;
  }

  @GuardedBy("lock")
  private void ended(Ended ended, Moment moment) {
    if (ended.outcome() == Outcome.IN_VAIN) {
      log.warn(
          "{}, announced {}, did not take place in time: the sessions go on without it",
          ended.planned(),
          ended.by());
      if (ended.by().isAnybody()) {
        distrustedUntil = moment.nanos() + distrust.toNanos();
        distrust = shorter(distrust.multipliedBy(2), LONGEST_DISTRUST);
      }
      return;
    }
    if (ended.outcome() == Outcome.TOOK_PLACE) {
      distrust = FIRST_DISTRUST;
      distrustedUntil = null;
    }
    log.info("{} is done: {}", ended.planned(), moment.writer());
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}

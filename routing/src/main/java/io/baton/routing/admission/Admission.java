package io.baton.routing.admission;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.baton.routing.topology.Availability;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.FailureKind;
import io.baton.routing.topology.Topology;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the sessions of a cluster ask before they log in at a server, so that a server that has
 * just been promoted is not buried under the logins of all of them.
 *
 * <p>As long as all is well it lets everybody in at once. What it does when a server was lost, or
 * has nothing to spare, is said by {@link Pace}; who goes first, by the rank: a session with little
 * to run again before one with much, and before sessions that move because they were asked to.
 * Nobody waits longer than it says itself: then it goes in out of turn.
 *
 * <p>Calls that begin something new may be made to wait in the same lines ({@code
 * baton.admission=statements}): whoever makes them asks whether {@link #isLimited}, which costs two
 * reads, and then enters with the rank {@link #CALL}.
 *
 * <p>A capacity that was given ({@code baton.capacity}) is a limit at all times. It is divided
 * among the endpoints that are not down by their weights, as the topology has them at the moment.
 *
 * <p>Safe for use by many threads.
 */
public final class Admission {

  /** The rank of a session without a transaction. */
  public static final int FIRST = 0;

  /** The rank of a call that begins something new: behind all that is to be brought back. */
  public static final int CALL = Integer.SIZE + 1;

  /** The rank of a session that moves although its connection works. */
  public static final int LAST = Integer.MAX_VALUE;

  private static final Logger log = LoggerFactory.getLogger(Admission.class);

  /** In between it is looked at whether the endpoint was given up. */
  private static final long LONGEST_SLICE = Duration.ofSeconds(1).toNanos();

  private final Supplier<Topology> topology;
  private final LongSupplier nanoTime;
  private final Function<RateLimiterConfig, RateLimiter> limiters;
  private final ReentrantLock lock = new ReentrantLock();

  /** Those of the sessions that wait. */
  @GuardedBy("lock")
  private final Set<Condition> waiting = new HashSet<>();

  @GuardedBy("lock")
  private final Map<Endpoint, Entrance> entrances = new HashMap<>();

  @GuardedBy("lock")
  private long troubledAt;

  @GuardedBy("lock")
  private boolean troubled;

  /** Whether there was a limit when it was looked at last. */
  private volatile boolean limited;

  private volatile double capacity = Pace.UNLIMITED;

  /**
   * Makes one that lets everybody in.
   *
   * @param topology what is known of the cluster
   * @param nanoTime the clock, as {@link System#nanoTime}
   */
  public Admission(Supplier<Topology> topology, LongSupplier nanoTime) {
    // With a clock of its own: the limiter takes another one only since Resilience4j 2.4.
    this(topology, nanoTime, config -> RateLimiter.of("logins", config));
  }

  Admission(
      Supplier<Topology> topology,
      LongSupplier nanoTime,
      Function<RateLimiterConfig, RateLimiter> limiters) {
    this.topology = topology;
    this.nanoTime = nanoTime;
    this.limiters = limiters;
  }

  /** The rank of a session whose open transaction has so many calls to be run again. */
  public static int rank(int calls) {
    return Integer.SIZE - Integer.numberOfLeadingZeros(calls);
  }

  /**
   * Sets how many logins may begin in a second at all endpoints together; of those who set it, the
   * last one counts.
   *
   * @param logins more than 0; 0 for as many as the servers bear
   */
  public void capacity(int logins) {
    capacity = logins == 0 ? Pace.UNLIMITED : logins;
  }

  /** A connection was lost: many sessions may come at once. */
  public void troubled() {
    lock.lock();
    try {
      troubled = true;
      troubledAt = nanoTime.getAsLong();
      limited = true;
    } finally {
      lock.unlock();
    }
  }

  /** Whether there may be a limit at the moment; a call need not enter if there is none. */
  public boolean isLimited() {
    return limited || capacity != Pace.UNLIMITED;
  }

  @GuardedBy("lock")
  private void look() {
    boolean found = troubled;
    for (Entrance entrance : entrances.values()) {
      found |= !entrance.pace().isCalm();
    }
    limited = found;
  }

  /** Has all who wait look whether they were stopped. */
  public void wake() {
    lock.lock();
    try {
      waiting.forEach(Condition::signal);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until a session may log in, or make a call. It also goes in when it was stopped, when its
   * thread is interrupted, which it stays, and when the endpoint is given up: it finds out by
   * itself then.
   *
   * @param rank who goes first: {@link #FIRST}, {@link #rank}, {@link #CALL}, {@link #LAST}
   * @param patience how long it waits at most
   * @param stopped whether it need not wait any more; {@link #wake} is to be called then
   * @return to be told how it went, and to be closed
   */
  public Pass enter(Endpoint endpoint, int rank, Patience patience, BooleanSupplier stopped) {
    lock.lock();
    try {
      Entrance entrance =
          entrances.computeIfAbsent(endpoint, first -> new Entrance(nanoTime, limiters));
      if (troubled) {
        if (nanoTime.getAsLong() - troubledAt < Pace.CALM_AFTER.toNanos()) {
          entrance.pace().troubled(troubledAt);
        } else {
          troubled = false;
        }
      }
      Entrance.Place place = entrance.join(rank);
      look();
      boolean admitted = false;
      try {
        await(entrance, place, endpoint, patience, stopped);
        admitted = true;
        return new Pass(entrance, place);
      } finally {
        if (!admitted) {
          entrance.leave(place);
          entrance.wakeFirst();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void await(
      Entrance entrance,
      Entrance.Place place,
      Endpoint endpoint,
      Patience patience,
      BooleanSupplier stopped) {
    if (!entrance.admits(place, share(endpoint))) {
      log.debug(
          "A session waits for its turn at {}: {} under way, {} waiting",
          endpoint,
          entrance.underWay(),
          entrance.waiting());
      Condition turn = lock.newCondition();
      place.wakeBy(turn::signal);
      waiting.add(turn);
      try {
        awaitTurn(entrance, place, turn, endpoint, patience, stopped);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        entrance.begin(place);
      } finally {
        waiting.remove(turn);
      }
    }
    entrance.wakeFirst(); // There may be room for another.
  }

  @GuardedBy("lock")
  private void awaitTurn(
      Entrance entrance,
      Entrance.Place place,
      Condition turn,
      Endpoint endpoint,
      Patience patience,
      BooleanSupplier stopped)
      throws InterruptedException {
    long began = nanoTime.getAsLong();
    do {
      long left = patience.nanosLeft(nanoTime.getAsLong() - began, entrance.pace().isShort());
      if (left <= 0 || stopped.getAsBoolean() || isGivenUp(endpoint)) {
        entrance.begin(place);
        return;
      }
      long awhile = Math.min(left, Math.min(entrance.nanosToWait(place), LONGEST_SLICE));
      if (turn.awaitNanos(awhile) > 0) {
        log.trace("A session that waits for its turn at {} was woken", endpoint);
      }
    } while (!entrance.admits(place, share(endpoint)));
  }

  private boolean isGivenUp(Endpoint endpoint) {
    return topology
        .get()
        .state(endpoint)
        .map(state -> state.availability() == Availability.DOWN)
        .orElse(true);
  }

  /** How many of the logins in a second are those of an endpoint. */
  double share(Endpoint endpoint) {
    double all = capacity;
    if (all == Pace.UNLIMITED) {
      return all;
    }
    long weights = 0;
    long weight = 0;
    int count = 0;
    for (EndpointState state : topology.get().endpoints()) {
      boolean isMeant = state.endpoint().equals(endpoint);
      if (isMeant || state.availability() != Availability.DOWN) {
        count++;
        weights += state.listed().weight();
        weight += isMeant ? state.listed().weight() : 0;
      }
    }
    // One of which nothing is known, or without a weight, may still be the one to log in at.
    return weight == 0 ? all / Math.max(1, count) : all * weight / weights;
  }

  /** The leave to log in, or to make a call, once. */
  public final class Pass implements AutoCloseable {

    private final Entrance entrance;
    private final Entrance.Place place;
    private boolean used;

    private Pass(Entrance entrance, Entrance.Place place) {
      this.entrance = entrance;
      this.place = place;
    }

    /** The login succeeded. */
    public void opened() {
      end(() -> entrance.opened(place));
    }

    /** The call was answered, if only with an error. */
    public void answered() {
      end(() -> entrance.answered(place));
    }

    /** The login failed. */
    public void failed(SQLException failure) {
      end(
          () -> {
            if (isShortage(failure)) {
              entrance.refused(place);
            } else if (FailureKind.of(failure) == FailureKind.SILENT) {
              entrance.unanswered(place);
            } else {
              entrance.failed(place);
            }
          });
    }

    /** Gives it back, if neither was said. */
    @Override
    public void close() {
      end(() -> entrance.failed(place));
    }

    private void end(Runnable how) {
      lock.lock();
      try {
        if (!used) {
          used = true;
          how.run();
          look();
          entrance.wakeFirst();
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /** Whether a server lacks something (class 53, such as connections), or is starting (57P03). */
  public static boolean isShortage(SQLException failure) {
    String state = failure.getSQLState();
    return state != null && (state.startsWith("53") || state.equals("57P03"));
  }
}

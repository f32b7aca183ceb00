package io.baton.routing.admission;

import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The line of sessions that want something of one server.
 *
 * <p>The lowest rank goes first, and of equal ranks who came first. A session has one place. The
 * first in line goes when the {@link Pace} has room for another login side by side and, where there
 * is a limit to how many begin in a second, when there is a token for it. Tokens are those of a
 * {@link RateLimiter}, whose limit is moved; a token that is due later is reserved for the line,
 * and not for who was first at that moment.
 *
 * <p>Calls of {@link Admission#CALL} wait in the same line, and count like logins as long as they
 * are under way, though no longer than {@link #LONGEST_CALL}: a report that takes a minute keeps
 * nobody out.
 *
 * <p>Not safe for use by several threads. It does not wait: who is not admitted asks again, after
 * {@link #nanosToWait} at the latest, or when a login has ended.
 */
final class Entrance {

  /** A place in the line. */
  static final class Place implements Comparable<Place> {

    private final int rank;
    private final long number;
    private long begunAt;
    private Runnable waker = () -> {};

    private Place(int rank, long number) {
      this.rank = rank;
      this.number = number;
    }

    private boolean isCall() {
      return rank == Admission.CALL;
    }

    /** Says what tells the session that it may be its turn. */
    void wakeBy(Runnable newWaker) {
      waker = newWaker;
    }

    @Override
    public int compareTo(Place other) {
      return rank == other.rank
          ? Long.compare(number, other.number)
          : Integer.compare(rank, other.rank);
    }
  }

  /** For how long a call counts. */
  static final Duration LONGEST_CALL = Duration.ofMillis(500);

  private static final Duration PERIOD = Duration.ofMillis(100);

  /** What a login costs, so that the limit, a whole number, can be that of a slow server. */
  private static final int PRICE = 100;

  private static final int PERIODS_IN_A_SECOND = 10;
  private static final int LARGEST_LIMIT = 100_000_000;
  private static final double NANOS_IN_A_SECOND = 1e9;

  private final LongSupplier nanoTime;
  private final Pace pace = new Pace();
  private final Function<RateLimiterConfig, RateLimiter> limiters;

  /** Null until there is a limit for the first time, as there is not while all is well. */
  private @Nullable RateLimiter tokens;

  private final PriorityQueue<Place> line = new PriorityQueue<>();

  /** The calls under way that count, by when they began. */
  private final Set<Place> calls = new LinkedHashSet<>();

  private int limit;
  private long places;
  private int underWay;
  private long lastBegunAt;

  /** Whether a token is reserved, and when it is due. */
  private boolean reserved;

  private long dueAt;

  /**
   * Makes one without anybody in line.
   *
   * @param nanoTime the clock, as {@link System#nanoTime}
   * @param limiters makes the limiter of tokens, which has that clock as well
   */
  Entrance(LongSupplier nanoTime, Function<RateLimiterConfig, RateLimiter> limiters) {
    this.nanoTime = nanoTime;
    this.lastBegunAt = nanoTime.getAsLong() - Duration.ofDays(1).toNanos();
    this.limiters = limiters;
  }

  Pace pace() {
    return pace;
  }

  /** How many sessions wait. */
  int waiting() {
    return line.size();
  }

  /** How many logins and calls are under way. */
  int underWay() {
    return underWay;
  }

  /** Takes a place in the line. */
  Place join(int rank) {
    if (line.isEmpty()) {
      pace.rest(nanoTime.getAsLong());
    }
    Place place = new Place(rank, places++);
    line.add(place);
    return place;
  }

  /**
   * Whether the session at this place may begin its login, or its call; if so, {@link #opened},
   * {@link #unanswered}, {@link #refused}, {@link #failed} or {@link #answered} must follow.
   *
   * @param capacity how many logins may begin in a second at most, whatever the pace says
   */
  boolean admits(Place place, double capacity) {
    letGoOfLongCalls();
    if (line.peek() != place || underWay >= pace.window() || !hasToken(capacity)) {
      return false;
    }
    begin(place);
    return true;
  }

  /**
   * The session at this place begins its login, whether it is its turn or not: it must not wait.
   */
  void begin(Place place) {
    line.remove(place);
    underWay++;
    place.begunAt = nanoTime.getAsLong();
    lastBegunAt = place.begunAt;
    if (place.isCall()) {
      calls.add(place);
    }
  }

  private void letGoOfLongCalls() {
    long now = nanoTime.getAsLong();
    Iterator<Place> oldest = calls.iterator();
    while (oldest.hasNext() && now - oldest.next().begunAt >= LONGEST_CALL.toNanos()) {
      oldest.remove();
      underWay--;
    }
  }

  private boolean hasToken(double capacity) {
    double rate = Math.min(pace.rate(), capacity);
    if (rate == Pace.UNLIMITED) {
      reserved = false;
      return true;
    }
    RateLimiter limiter = limiter(rate);
    long now = nanoTime.getAsLong();
    if (!reserved) {
      long wait = Math.max(0, limiter.reservePermission(PRICE));
      // Where few are let in, the first after a pause need not wait for a token to gather.
      long rested = (long) (NANOS_IN_A_SECOND / rate) - (now - lastBegunAt);
      dueAt = now + Math.max(0, Math.min(wait, rested));
      reserved = true;
    }
    if (now - dueAt < 0) {
      return false;
    }
    reserved = false;
    return true;
  }

  /** The tokens of so many logins in a second. */
  private RateLimiter limiter(double rate) {
    int next =
        (int) Math.max(1, Math.min(LARGEST_LIMIT, Math.round(rate * PRICE / PERIODS_IN_A_SECOND)));
    RateLimiter limiter = tokens;
    if (limiter == null) {
      limiter =
          limiters.apply(
              RateLimiterConfig.custom()
                  .limitRefreshPeriod(PERIOD)
                  .limitForPeriod(next)
                  .timeoutDuration(Duration.ofDays(1))
                  .build());
      tokens = limiter;
    } else if (next != limit) {
      limiter.changeLimitForPeriod(next);
    }
    limit = next;
    return limiter;
  }

  /** When the session at this place is to ask again at the latest, if it is not woken before. */
  long nanosToWait(Place place) {
    long now = nanoTime.getAsLong();
    long longest =
        calls.isEmpty()
            ? Long.MAX_VALUE
            : calls.iterator().next().begunAt + LONGEST_CALL.toNanos() - now;
    long due = reserved && line.peek() == place ? dueAt - now : Long.MAX_VALUE;
    return Math.max(1, Math.min(longest, due));
  }

  /** The session at this place does without a login, whether it has begun it or not. */
  void leave(Place place) {
    if (!line.remove(place)) {
      failed(place);
    }
  }

  /** Wakes the first in line, if there is room for its login. */
  void wakeFirst() {
    Place first = line.peek();
    if (first != null && underWay < pace.window()) {
      first.waker.run();
    }
  }

  /** The login succeeded. */
  void opened(Place place) {
    underWay--;
    pace.opened(place.begunAt, nanoTime.getAsLong());
  }

  /** Nobody answered in time. */
  void unanswered(Place place) {
    underWay--;
    pace.unanswered(place.begunAt, nanoTime.getAsLong());
  }

  /** The server has too little of something, or is not ready. */
  void refused(Place place) {
    underWay--;
    pace.refused(place.begunAt, nanoTime.getAsLong());
  }

  /** The call was answered, if only with an error. */
  void answered(Place place) {
    if (calls.remove(place)) {
      underWay--;
      pace.answered();
    }
  }

  /** The login or call ended in a way that says nothing of how much the server can bear. */
  void failed(Place place) {
    if (!place.isCall() || calls.remove(place)) {
      underWay--;
    }
  }
}

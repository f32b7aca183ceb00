package io.baton.routing.monitor;

import java.time.Duration;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * When to ask on a new connection whether an endpoint leads to another server by now: while there
 * is no writer, and the server on the connection that is held is a standby.
 *
 * <p>A login is dear to a server, and each program of a fleet does it. Where the writer is missing,
 * the address to look at is the one that led to it before: the first look there is at once, and
 * they are {@value #LONGEST_MILLIS} ms apart at most. Other addresses, be they single standbys or a
 * name for readers, get their first look after one to {@value #LATEST_ELSEWHERE_SECONDS} s, at
 * random since a whole fleet lost the same writer, and then as often as servers that are down are
 * looked for.
 *
 * <p>Not safe for use by several threads.
 */
final class SecondLooks {

  static final int LONGEST_MILLIS = 1000;
  static final int LATEST_ELSEWHERE_SECONDS = 3;

  private static final Duration FIRST = Duration.ofMillis(50);
  private static final Duration LONGEST = Duration.ofMillis(LONGEST_MILLIS);
  private static final Duration SPREAD =
      Duration.ofSeconds(LATEST_ELSEWHERE_SECONDS).minus(LONGEST);

  private final Supplier<RandomGenerator> random;
  private final Backoff pauses;
  private final Backoff pausesElsewhere;
  private final Duration refresh;
  private long begunAt;
  private long restElsewhere;
  private boolean begun;
  private boolean looked;
  private long lastAt;
  private Duration pause = Duration.ZERO;

  /**
   * Makes those of one endpoint.
   *
   * @param refresh how often a server that is down is looked for while there is a writer
   */
  SecondLooks(Supplier<RandomGenerator> random, Duration refresh) {
    this.random = random;
    this.pauses = new Backoff(random, FIRST);
    this.pausesElsewhere = new Backoff(random, LONGEST);
    this.refresh = refresh;
  }

  /** Begins anew: the writer is missing since now. */
  void begin(long now) {
    begunAt = now;
    restElsewhere = LONGEST.toNanos() + random.get().nextLong(SPREAD.toNanos());
    begun = true;
    looked = false;
    pauses.reset();
    pausesElsewhere.reset();
  }

  /**
   * Whether a look is due, which then is to be taken: the next one is due after a longer pause.
   *
   * @param now the nanosecond clock
   * @param likely whether the endpoint led to the writer before, or nobody knows which one did
   */
  boolean isDue(long now, boolean likely) {
    if (!begun) {
      begin(now);
    }
    if (!looked) {
      if (!likely && now - begunAt < restElsewhere) {
        return false;
      }
    } else if (now - lastAt < pause.toNanos()) {
      return false;
    }
    looked = true;
    lastAt = now;
    pause =
        likely ? pauses.next(LONGEST) : pausesElsewhere.next(AnswerTimes.longer(refresh, LONGEST));
    return true;
  }
}

package io.baton.routing.admission;

import java.time.Duration;

/**
 * How many logins one server bears from this program, as far as its answers tell; and how many
 * calls, where these wait for their turn as well.
 *
 * <p>As long as all is well there is no limit, and nothing is to be decided. When a connection to
 * the cluster was lost, many sessions are likely to come at once, so two limits begin:
 *
 * <ul>
 *   <li><em>How many are under way side by side</em>. It begins with {@value #FIRST_WINDOW} and
 *       grows by one with each login that is as quick as usual, so that it doubles in the time of
 *       one login; it shrinks when they get slow. A login that ends makes room for the next: so a
 *       server that works as fast as it can is never left idle, and yet serves few at a time, each
 *       of them soon.
 *   <li><em>How many begin in a second</em>, only where even one at a time is too many: the server
 *       has no connection to spare (53300), is starting (57P03), or serves so many other programs
 *       that a single login is slow. It is halved by what is refused, and grows by what is quick.
 * </ul>
 *
 * <p>Both are raised little by little and lowered by a factor, which lets the programs of a fleet,
 * who know nothing of each other, come to equal shares. What was begun before the last lowering
 * tells nothing of the present limits, and lowers nothing. After {@link #CALM_AFTER} without
 * evidence, and with nobody waiting, there is no limit again.
 *
 * <p>What is slow is measured by the quickest logins that were seen there, so that a server that is
 * far away is not taken for one that is overloaded.
 *
 * <p>Not safe for use by several threads; times are of {@link System#nanoTime}.
 */
final class Pace {

  static final int FIRST_WINDOW = 4;
  static final int LARGEST_WINDOW = 1000;
  static final Duration CALM_AFTER = Duration.ofSeconds(10);

  /** Logins in a second where there is no limit. */
  static final double UNLIMITED = Double.POSITIVE_INFINITY;

  /** The first limit after a refusal, before it is halved. */
  private static final double FIRST_RATE = 20;

  /** Else nobody would notice that the server has recovered. A login costs more than a refusal. */
  private static final double LOWEST_RATE = 0.2;

  private static final double LOWEST_RATE_OF_REFUSALS = 1;

  /** From here on, the window alone limits. */
  private static final double HIGHEST_RATE = 100;

  private static final double AFTER_REFUSAL = 0.5;
  private static final double AFTER_SLOW = 0.7;

  /** A little less: who goes alone leaves the server idle as soon as others are done. */
  private static final double AFTER_SLOW_ALONE = 0.85;

  private static final double RISE_OF_RATE = 1.5;

  private static final int SLOW_FACTOR = 4;
  private static final long SLOW_AT_LEAST = Duration.ofMillis(100).toNanos();
  private static final long SLOW_WHILE_CALM = Duration.ofSeconds(1).toNanos();
  private static final long LONGEST_USUAL = Duration.ofSeconds(1).toNanos();
  private static final int FORGETTING = 32;

  private boolean calm = true;
  private double window = LARGEST_WINDOW;
  private double rate = UNLIMITED;

  /** Whether no login was slow yet: then the window grows with each. */
  private boolean exploring;

  private long loweredAt;
  private long evidenceAt;

  /** How long a quick login takes; 0 if there was none yet. */
  private long usualNanos;

  /** Whether there is no limit. */
  boolean isCalm() {
    return calm;
  }

  /** How many logins may be under way. */
  int window() {
    return (int) window;
  }

  /** How many logins may begin in a second. */
  double rate() {
    return rate;
  }

  /** Whether even one login at a time is too many for the server at the moment. */
  boolean isShort() {
    return rate != UNLIMITED;
  }

  /** A connection to the cluster was lost: others may have been lost as well. */
  void troubled(long now) {
    if (calm) {
      begin(now);
    }
    evidenceAt = now;
  }

  private void begin(long now) {
    calm = false;
    window = FIRST_WINDOW;
    rate = UNLIMITED;
    exploring = true;
    loweredAt = now;
  }

  /** Time has passed, and nobody waits. */
  void rest(long now) {
    if (!calm && now - evidenceAt >= CALM_AFTER.toNanos()) {
      calm = true;
      window = LARGEST_WINDOW;
      rate = UNLIMITED;
    }
  }

  /** A login succeeded. */
  void opened(long begunAt, long now) {
    long took = now - begunAt;
    boolean slow = isSlow(took);
    long known = usualNanos == 0 ? LONGEST_USUAL : usualNanos + usualNanos / FORGETTING;
    usualNanos = Math.max(1, Math.min(took, Math.min(known, LONGEST_USUAL)));
    if (slow) {
      slow(begunAt, now, took);
    } else {
      rise();
    }
  }

  /** A call was answered. What it took tells nothing, since one is not like the other. */
  void answered() {
    rise();
  }

  private void rise() {
    if (calm) {
      return;
    }
    window = Math.min(LARGEST_WINDOW, window + (exploring ? 1 : 1 / window));
    rate *= RISE_OF_RATE;
    if (rate > HIGHEST_RATE) {
      rate = UNLIMITED;
    }
  }

  private boolean isSlow(long took) {
    return usualNanos != 0
        && took > Math.max(SLOW_FACTOR * usualNanos, calm ? SLOW_WHILE_CALM : SLOW_AT_LEAST);
  }

  /** A login was given up since nobody answered in time. */
  void unanswered(long begunAt, long now) {
    slow(begunAt, now, now - begunAt);
  }

  private void slow(long begunAt, long now, long took) {
    if (!isNews(begunAt, now)) {
      return;
    }
    if (window >= 2) {
      window = Math.max(1, window * AFTER_SLOW);
    } else {
      window = 1;
      double served = (double) Duration.ofSeconds(1).toNanos() / Math.max(1, took);
      rate = Math.max(LOWEST_RATE, AFTER_SLOW_ALONE * Math.min(rate, served));
    }
  }

  /** The server refused a login since it has too little of something, or is not ready. */
  void refused(long begunAt, long now) {
    if (isNews(begunAt, now)) {
      window = 1;
      rate = Math.max(LOWEST_RATE_OF_REFUSALS, AFTER_REFUSAL * Math.min(rate, FIRST_RATE));
    }
  }

  /** Takes note of a shortage; whether the present limits are to be lowered for it. */
  private boolean isNews(long begunAt, long now) {
    if (calm) {
      begin(begunAt);
    }
    evidenceAt = now;
    if (begunAt - loweredAt < 0) {
      return false;
    }
    exploring = false;
    loweredAt = now;
    return true;
  }
}

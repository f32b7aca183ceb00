package io.baton.engine;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.baton.routing.topology.FailureText;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The pace at which the sessions of a cluster log in with a password that was refused and may be
 * another one soon: the secret was exchanged at the server, and what supplies it does not know yet,
 * or the other way round.
 *
 * <p>Many servers lock an account after some logins that failed. So all sessions with the same
 * credentials take turns:
 *
 * <ul>
 *   <li>With the password that was refused, after pauses that grow from {@link #FIRST} to {@link
 *       #LONGEST}.
 *   <li>Where the password is not seen, since the driver reads it, from {@link #FIRST} to {@link
 *       #LONGEST_UNSEEN}.
 *   <li>With another password at once, but not within {@link #LEAST} of the last login: tokens may
 *       be new each time, and refused each time.
 * </ul>
 *
 * <p>One login that works ends it. A session that begins does not ask here: it is told of a refusal
 * at once, and its pool knows when to try again.
 *
 * <p>Thread-safe.
 */
final class RefusedSecrets {

  static final Duration LEAST = Duration.ofMillis(250);
  static final Duration FIRST = Duration.ofSeconds(1);
  static final Duration LONGEST_UNSEEN = Duration.ofSeconds(2);
  static final Duration LONGEST = Duration.ofSeconds(8);

  /** More credentials of one role than this are not told apart for long. */
  private static final int MOST_CREDENTIALS = 100;

  /**
   * The last login that was refused, or that is under way since.
   *
   * @param secret what tells its password; null if that was not seen
   * @param failure what was said
   * @param at when it began or was refused, by the clock
   * @param pause how long the same password is not tried again
   */
  private record Refusal(@Nullable Object secret, SQLException failure, long at, Duration pause) {}

  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();

  /** By the credentials. */
  @GuardedBy("lock")
  private final Map<Object, Refusal> refusals = new LinkedHashMap<>();

  RefusedSecrets() {
    this(System::nanoTime);
  }

  /**
   * Makes one.
   *
   * @param nanoTime the clock, as {@link System#nanoTime}
   */
  RefusedSecrets(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * Takes the turn to log in.
   *
   * @param credentials whose: equal for those who ask the same for the password
   * @param secret what tells the password from another one; null if it is not seen
   * @throws SQLException 28P01 if it is not its turn, with what the server said last as its cause
   */
  void enter(Object credentials, @Nullable Object secret) throws SQLException {
    lock.lock();
    try {
      Refusal last = refusals.get(credentials);
      if (last == null) {
        return;
      }
      boolean isAnother = secret != null && !secret.equals(last.secret());
      long passed = nanoTime.getAsLong() - last.at();
      if (passed < (isAnother ? LEAST : last.pause()).toNanos()) {
        throw new SQLException(
            FailureText.message(last.failure()) + " (the next login is not due yet)",
            "28P01",
            last.failure());
      }
      Duration pause = isAnother ? FIRST : longer(last.pause(), secret);
      refusals.put(credentials, new Refusal(secret, last.failure(), nanoTime.getAsLong(), pause));
    } finally {
      lock.unlock();
    }
  }

  private static Duration longer(Duration pause, @Nullable Object secret) {
    Duration longest = secret == null ? LONGEST_UNSEEN : LONGEST;
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(longest) < 0 ? twice : longest;
  }

  /** A login was refused. */
  void refused(Object credentials, @Nullable Object secret, SQLException failure) {
    lock.lock();
    try {
      Refusal last = refusals.get(credentials);
      Duration pause = last == null ? FIRST : last.pause();
      refusals.put(credentials, new Refusal(secret, failure, nanoTime.getAsLong(), pause));
      if (refusals.size() > MOST_CREDENTIALS) {
        refusals.remove(refusals.keySet().iterator().next());
      }
    } finally {
      lock.unlock();
    }
  }

  /** A login worked. */
  void accepted(Object credentials) {
    lock.lock();
    try {
      refusals.remove(credentials);
    } finally {
      lock.unlock();
    }
  }
}

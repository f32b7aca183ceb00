package io.baton.routing.monitor;

import io.baton.routing.topology.ClientRefusalException;
import io.baton.routing.topology.FailureKind;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * The pauses of a monitor between attempts to connect that fail, by what became of the last one.
 * They grow, and are spread at random.
 *
 * <ul>
 *   <li><em>Nobody is there:</em> asking costs nobody anything, and the server is wanted back soon.
 *   <li><em>The login is refused</em> (class 28, or there is no such database): the next one will
 *       be refused as well, and each may count towards the account being locked. Neither haste nor
 *       a session that begins to wait shortens this pause; credentials that were not known before
 *       end it.
 *   <li><em>Anything else is refused</em>, such as one connection more (53300): while a writer is
 *       missing it is asked for once a second, and else every few seconds, so that a server that
 *       hangs while it is full is noticed.
 * </ul>
 *
 * <p>Not safe for use by several threads.
 */
final class ConnectPauses {

  static final Duration LONGEST_AFTER_REFUSED_LOGIN = Duration.ofSeconds(30);

  private static final Duration FIRST_AFTER_REFUSED_LOGIN = Duration.ofSeconds(2);
  private static final Duration FIRST_AFTER_REFUSAL = Duration.ofMillis(500);
  private static final Duration LONGEST_IN_QUIET_AFTER_REFUSAL = Duration.ofSeconds(5);
  private static final Duration LONGEST_URGENT_AFTER_REFUSAL = Duration.ofSeconds(1);
  private static final Duration LONGEST_URGENT = Duration.ofMillis(500);

  /** What became of an attempt. */
  enum Outcome {
    /** Nobody was there, or nobody answered. */
    NOBODY,
    /** The login was refused. */
    LOGIN_REFUSED,
    /** Something else was refused. */
    REFUSED;

    static Outcome of(SQLException failure) {
      if (failure instanceof ClientRefusalException && isOfLogin(failure)) {
        return LOGIN_REFUSED;
      }
      if (FailureKind.of(failure) != FailureKind.REFUSED) {
        return NOBODY;
      }
      return isOfLogin(failure) ? LOGIN_REFUSED : REFUSED;
    }
  }

  private final Backoff nobody;
  private final Backoff refusedLogin;
  private final Backoff refused;
  private final Duration refresh;

  /**
   * Makes the pauses of one monitor.
   *
   * @param refresh how often a server that is down is looked for while there is a writer
   */
  ConnectPauses(Supplier<RandomGenerator> random, Duration refresh) {
    this.nobody = new Backoff(random);
    this.refusedLogin = new Backoff(random, FIRST_AFTER_REFUSED_LOGIN);
    this.refused = new Backoff(random, FIRST_AFTER_REFUSAL);
    this.refresh = refresh;
  }

  /** Whether the login was refused: as that user, with that password, or to that database. */
  static boolean isOfLogin(SQLException failure) {
    String state = String.valueOf(failure.getSQLState());
    return state.startsWith("28") || state.equals("3D000");
  }

  /** The next pause. */
  Duration next(Outcome outcome, boolean urgent) {
    return switch (outcome) {
      case NOBODY -> nobody.next(urgent ? LONGEST_URGENT : refresh);
      case LOGIN_REFUSED -> refusedLogin.next(LONGEST_AFTER_REFUSED_LOGIN);
      case REFUSED -> refused.next(longest(outcome, urgent));
    };
  }

  /** How long a pause that is under way lasts at most, as matters may have become urgent. */
  static Duration longest(Outcome outcome, boolean urgent) {
    if (outcome == Outcome.REFUSED) {
      return urgent ? LONGEST_URGENT_AFTER_REFUSAL : LONGEST_IN_QUIET_AFTER_REFUSAL;
    }
    return LONGEST_AFTER_REFUSED_LOGIN;
  }

  /** Begins anew where nobody was there: the server may come back any moment. */
  void hurry() {
    nobody.reset();
  }

  /** Begins anew: there is a connection, or there are other credentials. */
  void reset() {
    nobody.reset();
    refusedLogin.reset();
    refused.reset();
  }
}

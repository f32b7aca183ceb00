package io.baton.routing.monitor;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/**
 * The question whether a standby has begun to take writes.
 *
 * <p>{@link #await} is answered when it has, or after {@value #WAIT_MILLIS} ms: the server itself
 * looks every {@value #STEP_MILLIS} ms, and every {@value #FIRST_STEP_MILLIS} ms in the first
 * {@value #FIRST_MILLIS} ms without a writer: most promotions that are quick are over by then, and
 * those that take long are waited for by many. That is how a promotion is heard of soon while a
 * server is asked two or three times a second. Decision 21 has what it costs, and what it was
 * weighed against.
 *
 * <p>The argument.
 *
 * <ul>
 *   <li><em>Nothing tells of a promotion by itself.</em> The server reports {@code in_hot_standby}
 *       to its clients when it has changed, but only at the end of a command: a session that is
 *       idle hears nothing (measured on 18, for 5 s after a promotion). LISTEN is refused on a
 *       standby, and no lock that an ordinary role can wait for is released by a promotion.
 *   <li><em>The answer is that of the moment.</em> {@code pg_is_in_recovery()} is volatile and
 *       reads what the server's processes share; a query's snapshot does not hold it still. CASE
 *       has it called before {@code pg_sleep}, in each step.
 *   <li><em>It costs little.</em> A step wakes a process that sleeps, and calls one function; no
 *       text is parsed, no message sent.
 *   <li><em>It holds up nothing.</em> A query has a snapshot, and the replay of a clean-up waits
 *       for older snapshots. So the promotion itself can come later by one wait at most, which is
 *       why the wait is short. Where the server does not want to wait for queries at all ({@code
 *       max_standby_streaming_delay=0}) it ends this one, which is an error that the connection
 *       survives; then the server is asked {@link #isStandby} instead.
 *   <li><em>A server that hangs is noticed.</em> The answer is due, at the latest, the wait and the
 *       time for any question after it was asked.
 * </ul>
 *
 * <p>Behind a pooler the wait would keep a connection from others, and {@link #isStandby} is asked.
 */
final class PromotionQuery {

  static final int STEP_MILLIS = 40;
  static final int FIRST_STEP_MILLIS = 20;
  static final int FIRST_MILLIS = 3000;
  static final int WAIT_MILLIS = 400;

  /** How long the server waits at most. */
  static final Duration WAIT = Duration.ofMillis(WAIT_MILLIS);

  /** For how long a standby is asked to look more often. */
  static final Duration FIRST = Duration.ofMillis(FIRST_MILLIS);

  private static final Question<Boolean> WAITING = waiting(STEP_MILLIS);
  private static final Question<Boolean> WAITING_AT_FIRST = waiting(FIRST_STEP_MILLIS);

  private static final Question<Boolean> NOW =
      new Question<>("SELECT pg_catalog.pg_is_in_recovery()", row -> row.getBoolean(1));

  private PromotionQuery() {}

  /** How many steps the server was a standby for. */
  private static Question<Boolean> waiting(int stepMillis) {
    int steps = WAIT_MILLIS / stepMillis;
    return new Question<>(
        "SELECT pg_catalog.count(*) FROM pg_catalog.generate_series(1, "
            + steps
            + ") WHERE CASE WHEN pg_catalog.pg_is_in_recovery()"
            + " THEN pg_catalog.pg_sleep("
            + stepMillis / 1000.0
            + ") IS NOT NULL ELSE false END",
        row -> row.getInt(1) == steps);
  }

  /**
   * Whether the server is still a standby, asked as long as it is and the wait lasts.
   *
   * @param missing for how long there has been no writer
   */
  static boolean await(Connection connection, Duration missing) throws SQLException {
    return (missing.compareTo(FIRST) < 0 ? WAITING_AT_FIRST : WAITING).ask(connection);
  }

  /** Whether the server is a standby now. */
  static boolean isStandby(Connection connection) throws SQLException {
    return NOW.ask(connection);
  }
}

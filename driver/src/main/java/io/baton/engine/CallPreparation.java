package io.baton.engine;

import io.baton.session.TransactionStatus;
import java.sql.SQLException;
import java.time.Duration;

/**
 * What is to be known of a connection before a call is sent there: that its backend has not ended
 * while the session was idle, that it is the writer's, which backend it is, and what the session
 * took over at its start. Each is asked once, and only ahead of a call that needs it.
 *
 * <p>Guarded by the calls of its session, but for {@link #hasCalledWithin}.
 */
final class CallPreparation {

  /** A session that made a call less than this ago is not taken for idle. */
  private static final long IDLE_NANOS = 1_000_000;

  private final SessionParts parts;
  private final CallLimits limits;
  private final boolean identifies;

  /**
   * When the last call that has returned began: a fetch began later. Read by other threads as well,
   * for whom an earlier value will do.
   */
  private long lastBegan = System.nanoTime();

  /** Whether a call has returned. */
  private boolean called;

  CallPreparation(SessionParts parts, CallLimits limits) {
    this.parts = parts;
    this.limits = limits;
    this.identifies = parts.cluster().identifiesBackends();
  }

  /**
   * Prepares a connection for a call.
   *
   * @throws SQLException if it is not to be used, or is gone; nothing of the call was sent
   */
  void prepare(SessionConnection connection, Call<?, ?> call, TransactionBlock block)
      throws SQLException {
    if (mayHaveEnded(call, block)) {
      connection.physical().noticeEnd();
    }
    if (isSettlingDue(connection, call, block)) {
      parts.opener().check().settleFirst(connection, limits.of(call));
    }
    if (isIdentityDue(connection, call, block)) {
      parts.opener().check().identify(connection, limits.of(call));
    }
    if (isBaselineDue(connection, call, block)) {
      parts.rebuild().began(connection);
    }
  }

  /** A call has returned. */
  void returned(Call<?, ?> call, SessionConnection connection) {
    lastBegan = call.began();
    if (!called) {
      called = true;
      parts.opener().check().answeredFirst(connection);
    }
  }

  /** When the last call that has returned began, by {@link System#nanoTime}. */
  long lastBegan() {
    return lastBegan;
  }

  /** Whether the last call that has returned began within this time, for any thread. */
  boolean hasCalledWithin(Duration time) {
    return called && System.nanoTime() - lastBegan < time.toNanos();
  }

  /**
   * Whether the backend may have ended while the session was idle, and the call would be in doubt
   * if it were sent there.
   */
  private boolean mayHaveEnded(Call<?, ?> call, TransactionBlock block) {
    return identifies
        && block == TransactionBlock.NONE
        && call.effect() != CallEffect.READ
        && call.began() - lastBegan > IDLE_NANOS
        && !parts.stop().isClosed();
  }

  /** Whether the call may write, and it may not be known yet where to. */
  private boolean isSettlingDue(
      SessionConnection connection, Call<?, ?> call, TransactionBlock block) {
    return (connection.wasOpenedEarly() || !parts.cluster().cluster().isSettled())
        && connection.isOnWriter()
        && (call.effect() != CallEffect.READ || block != TransactionBlock.NONE)
        && connection.transactionStatus() == TransactionStatus.IDLE;
  }

  /**
   * Whether the call may leave behind what only the identity of its backend can settle, or has to
   * know which server it is on.
   */
  private boolean isIdentityDue(
      SessionConnection connection, Call<?, ?> call, TransactionBlock block) {
    return connection.isUnidentified()
        && connection.isOnWriter()
        && (called
            || call.effect() != CallEffect.READ
            || block != TransactionBlock.NONE
            || parts.cluster().hasChangedTimeline())
        && connection.transactionStatus() == TransactionStatus.IDLE;
  }

  /**
   * Whether what the session took over at its start is to be asked: before anything can change it,
   * and behind the first call, so that a connection that is opened for one read does without.
   */
  private boolean isBaselineDue(
      SessionConnection connection, Call<?, ?> call, TransactionBlock block) {
    return identifies
        && parts.rebuild().isBeginningUnknown()
        && (called || call.effect() != CallEffect.READ || block != TransactionBlock.NONE)
        && connection.transactionStatus() == TransactionStatus.IDLE;
  }
}

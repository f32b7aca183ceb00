package io.baton;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * An exception that Baton itself raises. Besides its SQLState it states whether the interrupted
 * work was committed, how that is known, and which endpoints were involved.
 *
 * <p>Errors of the server are not of this type; they reach the application as the PostgreSQL driver
 * raised them. Use: {@code if (failure instanceof BatonException baton) ... baton.outcome()}.
 *
 * <p>Implementations add only immutable state to {@link java.sql.SQLException}.
 */
public sealed interface BatonException
    permits TransactionLostException,
        SessionLostException,
        NoServerException,
        OutcomeUnknownException,
        LimitReachedException {

  /** Whether the work of the interrupted transaction or statement was committed. */
  enum Outcome {
    /** It is committed, on the server that the session is on now. */
    COMMITTED,
    /** It is certainly not committed, and never will be. */
    NOT_COMMITTED,
    /** There is no proof either way. */
    UNKNOWN
  }

  /**
   * A description of one interruption.
   *
   * @param outcome whether the interrupted work was committed
   * @param evidence how that is known, or which evidence was missing: one sentence for a reader
   * @param leftEndpoint the endpoint ({@code host:port}) the session was on, null if on none
   * @param currentEndpoint the endpoint the session is on now, null if on none
   */
  record Interruption(
      Outcome outcome,
      String evidence,
      @Nullable String leftEndpoint,
      @Nullable String currentEndpoint)
      implements Serializable {}

  /** Returns the description of the interruption. */
  Interruption interruption();

  /** Returns whether the interrupted work was committed. */
  default Outcome outcome() {
    return interruption().outcome();
  }

  /** Returns how the outcome is known, or which evidence was missing. */
  default String evidence() {
    return interruption().evidence();
  }

  /**
   * Returns the endpoint ({@code host:port}) that the session was on, or null if it was on none.
   */
  default @Nullable String leftEndpoint() {
    return interruption().leftEndpoint();
  }

  /**
   * Returns the endpoint ({@code host:port}) that the session is on now, or null if it is on none.
   */
  default @Nullable String currentEndpoint() {
    return interruption().currentEndpoint();
  }
}

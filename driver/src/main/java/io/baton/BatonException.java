package io.baton;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * What every exception that Baton itself raises can say besides its SQLState: whether the
 * interrupted work was committed, how that is known, and which endpoints were involved.
 *
 * <p>Errors of the server are not of this type; they reach the application as the PostgreSQL driver
 * raised them. To ask: {@code if (failure instanceof BatonException baton) ... baton.outcome()}.
 *
 * <p>Implementations are immutable but for what {@link java.sql.SQLException} itself lets change.
 */
public sealed interface BatonException
    permits TransactionLostException,
        SessionLostException,
        NoServerException,
        OutcomeUnknownException {

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
   * The account of one interruption.
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

  /** The whole account of what was interrupted, and how it ended. */
  Interruption interruption();

  /** Whether the interrupted work was committed. */
  default Outcome outcome() {
    return interruption().outcome();
  }

  /** How the outcome is known, or which evidence was missing. */
  default String evidence() {
    return interruption().evidence();
  }

  /** The endpoint ({@code host:port}) that the session was on, or null if it was on none. */
  default @Nullable String leftEndpoint() {
    return interruption().leftEndpoint();
  }

  /** The endpoint ({@code host:port}) that the session is on now, or null if it is on none. */
  default @Nullable String currentEndpoint() {
    return interruption().currentEndpoint();
  }
}

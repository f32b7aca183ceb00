package io.baton.engine;

import io.baton.BatonException.Interruption;
import io.baton.BatonException.Outcome;
import io.baton.NoServerException;
import io.baton.OutcomeUnknownException;
import io.baton.SessionLostException;
import io.baton.TransactionLostException;
import io.baton.failover.FailoverEnd;
import io.baton.failover.RecoveryLimits.Limit;
import io.baton.jdbc.pgjdbc.PgErrors;
import io.baton.routing.topology.FailureText;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * How a recovery ended that does not have its call made again: what the application is told, and
 * the condition that the session is left in. The contract with the application is this class:
 * whatever was thrown, one row of it applies.
 *
 * <p>{@code RecoveryEndTest} pins every row, and {@code docs/guide/guarantees.md} shows them.
 *
 * @param exception what the application is told
 * @param condition what the session is left in
 */
record RecoveryEnd(SQLException exception, Condition condition) {

  /** How it is counted; null if it is not: the application was told what the server said. */
  @Nullable FailoverEnd counted() {
    if (exception instanceof OutcomeUnknownException) {
      return FailoverEnd.OUTCOME_UNKNOWN;
    }
    if (condition == Condition.CLOSED) {
      return FailoverEnd.SESSION_LOST;
    }
    if (exception instanceof NoServerException) {
      return FailoverEnd.NO_SERVER;
    }
    return condition == Condition.OWES_FAILED_TRANSACTION ? FailoverEnd.TRANSACTION_LOST : null;
  }

  /** The evidence for "not committed" where no COMMIT was under way. */
  static final String NO_COMMIT = "no COMMIT had been sent when it was cut off";

  /** What a session is left in. */
  enum Condition {
    /** The transaction, if there is one, goes on. */
    AS_IT_IS,
    /** No transaction is open; the session goes on. */
    NO_TRANSACTION,
    /** The transaction is gone: every statement is refused with 25P02 until the rollback. */
    OWES_FAILED_TRANSACTION,
    /** The connection is closed. */
    CLOSED
  }

  /** The failure of the call stands. */
  static final class PassedOn extends SQLException {
    private static final long serialVersionUID = 1L;

    PassedOn(SQLException failure) {
      super(failure);
    }
  }

  /** The transaction is certainly not committed, and not replayed. */
  static final class Lost extends SQLException {
    private static final long serialVersionUID = 1L;

    /** Makes it; the reason is a sentence without its full stop, null if there is none to tell. */
    Lost(@Nullable String why) {
      super(why);
    }
  }

  /** There is no proof either way. */
  static final class Unknown extends SQLException {
    private static final long serialVersionUID = 1L;
  }

  /**
   * What is known of the interrupted work while its recovery is under way.
   *
   * <p>Confined to one recovery.
   */
  static final class Account {

    private Outcome outcome;
    private String evidence;
    private boolean replaying;
    private boolean closing;
    private boolean statesOutcome = true;
    private boolean losesSession;

    Account(boolean inDoubt) {
      this.outcome = inDoubt ? Outcome.UNKNOWN : Outcome.NOT_COMMITTED;
      this.evidence = inDoubt ? "no server could be asked" : NO_COMMIT;
    }

    /**
     * What the session is depends on whether the work took place: it is lost if that is unknown.
     */
    void losesSession() {
      losesSession = true;
    }

    /** A server is going to be asked: until then nothing is known. */
    void asks() {
      outcome = Outcome.UNKNOWN;
      evidence = "no server could be asked";
    }

    /** What evidence is missing. */
    void missing(String what) {
      evidence = what;
    }

    void resolved(Outcome known, String by) {
      outcome = known;
      evidence = by;
    }

    void replays() {
      replaying = true;
    }

    /**
     * The session ends with its connection.
     *
     * @param driversOwn whether the driver's failure stands even if the outcome is unknown
     */
    void closes(boolean driversOwn) {
      closing = true;
      statesOutcome = !driversOwn;
    }

    Outcome outcome() {
      return outcome;
    }

    String evidence() {
      return evidence;
    }
  }

  /**
   * What was interrupted.
   *
   * @param facts what is known of the call
   * @param failure how it failed
   * @param why what its transaction was interrupted by
   * @param left the endpoint that was left
   */
  record Interrupted(CallFacts facts, SQLException failure, Cause why, String left) {}

  /** What a transaction is interrupted by. */
  enum Cause {
    /** Its connection was lost. */
    LOSS("was cut off when the connection to %s was lost"),
    /** The server ended it. */
    CONFLICT("was ended by the server in favour of another one"),
    /** It reads, and began on a standby. */
    FOR_WRITER("went from %s to the writer, which alone answers its statement as it is meant"),
    /** A cut over. */
    FOR_SUCCESSOR("went from %s to the successor of a cut over");

    private final String text;

    Cause(String text) {
      this.text = text;
    }

    String of(String left) {
      return "The transaction " + text.formatted(left);
    }
  }

  /**
   * Works out the end.
   *
   * @param thrown what ended the recovery
   * @param limit the limit that is reached; null if none is
   * @param current the endpoint that the session is on now
   */
  static RecoveryEnd of(
      Exception thrown, Interrupted call, Account account, @Nullable Limit limit, String current) {
    return new Row(call, account, current).of(thrown, limit);
  }

  /** The rows of the contract for one call. */
  private record Row(Interrupted call, Account account, String current) {

    RecoveryEnd of(Exception thrown, @Nullable Limit limit) {
      if (thrown instanceof PassedOn) {
        return passedOn();
      }
      if (thrown instanceof Lost lost) {
        return new RecoveryEnd(transactionLost(lost.getMessage()), open());
      }
      if (thrown instanceof Unknown) {
        return unknown(call.failure(), open());
      }
      if (limit != null && !isRefusal(thrown)) {
        return limited(thrown, limit);
      }
      return thrown instanceof NoServerFound none ? noServer(none) : sessionLost(thrown);
    }

    /** A refusal stays what it is, also if a limit is reached at the same time. */
    private static boolean isRefusal(Exception thrown) {
      String state = thrown instanceof SQLException refused ? refused.getSQLState() : null;
      return thrown instanceof RebuildRefused
          || (state != null
              && (state.startsWith("28") || state.startsWith("3D") || state.startsWith("42")));
    }

    private RecoveryEnd passedOn() {
      if (!account.closing) {
        return new RecoveryEnd(call.failure(), open());
      }
      return account.statesOutcome && account.outcome == Outcome.UNKNOWN
          ? unknown(call.failure(), Condition.CLOSED)
          : new RecoveryEnd(call.failure(), Condition.CLOSED);
    }

    private RecoveryEnd limited(Exception thrown, Limit limit) {
      alsoTell(thrown);
      boolean closes = limit == Limit.NETWORK_TIMEOUT || limit == Limit.CLOSED;
      Condition condition = closes ? Condition.CLOSED : open();
      if (account.outcome == Outcome.UNKNOWN) {
        return unknown(thrown, condition);
      }
      return switch (limit) {
        case QUERY_TIMEOUT, CANCELLED ->
            new RecoveryEnd(PgErrors.cancelled(interruption(current), thrown), condition);
        case NETWORK_TIMEOUT ->
            new RecoveryEnd(PgErrors.networkTimeout(interruption(null), thrown), condition);
        case CLOSED -> new RecoveryEnd(PgErrors.closed(interruption(null), thrown), condition);
        case FAILOVER_TIMEOUT, LOGIN_TIMEOUT, VALIDATION_TIMEOUT, WAIT_TIMEOUT, INTERRUPTED -> {
          if (thrown instanceof NoServerFound none) {
            yield noServer(none);
          }
          if (account.replaying && call.facts().block() != TransactionBlock.NONE) {
            yield new RecoveryEnd(
                transactionLost("Its replay did not end within baton.failoverTimeout"), open());
          }
          yield noServer(
              new NoServerFound(
                  "The session could not be rebuilt in time (baton.failoverTimeout)", "", thrown));
        }
      };
    }

    private RecoveryEnd noServer(NoServerFound none) {
      if (account.outcome == Outcome.UNKNOWN) {
        alsoTell(none);
        return unknown(none, open());
      }
      SQLException told =
          new NoServerException(
              String.valueOf(none.getMessage()), interruption(null), none.getCause());
      if (none != call.failure()) {
        told.addSuppressed(call.failure());
      }
      return new RecoveryEnd(told, open());
    }

    /** The first failure is kept with the later one. */
    private void alsoTell(Exception later) {
      if (later != call.failure() && later.getCause() != call.failure()) {
        later.addSuppressed(call.failure());
      }
    }

    private RecoveryEnd sessionLost(Exception thrown) {
      if (account.outcome == Outcome.UNKNOWN) {
        alsoTell(thrown);
        return unknown(thrown, Condition.CLOSED);
      }
      boolean refused = thrown instanceof RebuildRefused;
      Throwable cause = refused ? thrown.getCause() : thrown;
      SQLException lost =
          new SessionLostException(
              "The session could not be rebuilt, and the connection is closed. Lost: "
                  + (refused
                      ? FailureText.message(thrown)
                      : "the new connection: " + FailureText.message(thrown))
                  + (account.outcome == Outcome.COMMITTED ? ". The transaction is committed" : ""),
              interruption(null),
              cause);
      if (thrown != call.failure()) {
        lost.addSuppressed(call.failure());
      }
      return new RecoveryEnd(lost, Condition.CLOSED);
    }

    /** The condition of a session that goes on. */
    private Condition open() {
      return call.facts().block() == TransactionBlock.NONE
              || call.facts().effect() == CallEffect.ROLLBACK
              || account.outcome == Outcome.COMMITTED
          ? Condition.NO_TRANSACTION
          : Condition.OWES_FAILED_TRANSACTION;
    }

    private Interruption interruption(@Nullable String now) {
      return new Interruption(account.outcome, account.evidence, call.left(), now);
    }

    private SQLException transactionLost(@Nullable String why) {
      return new TransactionLostException(
          call.why().of(call.left())
              + ", and is not committed. "
              + (why == null ? "" : why + ". ")
              + "The session goes on at "
              + current
              + ": roll back and run the transaction again",
          new Interruption(Outcome.NOT_COMMITTED, account.evidence, call.left(), current),
          call.failure());
    }

    /** The session goes on only if it is the same whether the work took place or not. */
    private RecoveryEnd unknown(Throwable cause, Condition condition) {
      return new RecoveryEnd(unknown(cause), account.losesSession ? Condition.CLOSED : condition);
    }

    private SQLException unknown(Throwable cause) {
      return new OutcomeUnknownException(
          (call.facts().effect() == CallEffect.COMMIT
                  ? "The COMMIT"
                  : "The statement, which commits by itself,")
              + " was cut off when the connection to "
              + call.left()
              + " was lost, and whether it took place is not known: "
              + account.evidence
              + ". Ask the data before doing the work again"
              + (account.losesSession
                  ? ". The session is lost with it, and the connection is closed. Lost: what the"
                      + " work changes in the session, if it took place"
                  : ""),
          new Interruption(
              Outcome.UNKNOWN,
              account.evidence,
              call.left(),
              current.equals(call.left()) ? null : current),
          cause);
    }
  }
}

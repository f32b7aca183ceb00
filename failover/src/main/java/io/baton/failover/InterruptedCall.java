package io.baton.failover;

import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.Effect;
import io.baton.session.sql.StatementAnalysis;
import java.util.List;

/**
 * A call that was cut off by the loss of its connection, and what may be done about it.
 *
 * <p>The argument. A server commits a transaction only when it is told to: by COMMIT, by the end of
 * a statement that runs outside a transaction block, or by a procedure outside a block that commits
 * inside. So
 *
 * <ul>
 *   <li>as long as nothing of the call left this machine, whatever it would have done was not done,
 *       and an open transaction ended with its connection: not committed;
 *   <li>a call inside a block that is no COMMIT cannot have committed: the transaction is lost, and
 *       certainly so;
 *   <li>the first statement of a block (the driver sends BEGIN ahead of it) takes the block with
 *       it, and the application has seen nothing of it yet: it may run again;
 *   <li>outside a block, what only reads or only changes the session may run again, for the old
 *       session is gone with all that it held;
 *   <li>what is left, a COMMIT of a transaction that may have written and a write outside a block,
 *       has an outcome that only evidence can tell.
 * </ul>
 *
 * <p>{@code InterruptedCallTest} pins every row.
 *
 * @param kind what the call does
 * @param sent whether any of it may have reached the server
 * @param block the transaction block the call was made in
 * @param wrote whether an earlier call of that block may have written
 */
public record InterruptedCall(Kind kind, boolean sent, Block block, boolean wrote) {

  /** What a call does, as far as a commit is concerned. */
  public enum Kind {
    /** Reads and nothing else: proved. */
    READ,
    /** Changes the session and nothing else: SET, LISTEN, PREPARE, BEGIN, SAVEPOINT. */
    SESSION,
    /** May write, and commits at its end when it runs outside a block. */
    WORK,
    /** Ends the block by committing it, and does nothing else. */
    COMMIT,
    /** Ends the block by rolling it back, and does nothing else. */
    ROLLBACK,
    /** May commit even inside a block: several statements with a COMMIT among them. */
    MAY_COMMIT;

    /**
     * What a text of SQL does. A text that only reads if the catalogue proves its functions
     * harmless counts as {@link #READ}; whoever asks has to see to the proof.
     */
    public static Kind of(StatementAnalysis analysis) {
      if (analysis.isReadCandidate()) {
        return READ;
      }
      List<AnalysedStatement> statements = analysis.statements();
      if (statements.size() == 1) {
        return ofSingle(statements.get(0));
      }
      boolean onlySession = true;
      for (AnalysedStatement statement : statements) {
        Kind kind = ofSingle(statement);
        if (kind == COMMIT || kind == ROLLBACK || kind == MAY_COMMIT) {
          return MAY_COMMIT;
        }
        onlySession &= kind == SESSION || statement.readCandidate();
      }
      return onlySession ? SESSION : WORK;
    }

    private static Kind ofSingle(AnalysedStatement statement) {
      return switch (statement.kind()) {
        case COMMIT -> isChained(statement) ? MAY_COMMIT : COMMIT;
        // AND CHAIN opens another block, which nobody but the server could describe.
        case ROLLBACK -> isChained(statement) ? WORK : ROLLBACK;
        case PREPARE_TRANSACTION, FINISH_PREPARED, UNKNOWN -> MAY_COMMIT;
        case SET,
            RESET,
            SET_ROLE,
            SET_TRANSACTION,
            SET_CONSTRAINTS,
            SHOW,
            DISCARD,
            BEGIN,
            SAVEPOINT,
            RELEASE,
            ROLLBACK_TO,
            PREPARE,
            DEALLOCATE,
            CLOSE,
            LISTEN,
            UNLISTEN,
            LOAD,
            EMPTY ->
            SESSION;
        default -> statement.readCandidate() ? READ : WORK;
      };
    }

    private static boolean isChained(AnalysedStatement statement) {
      for (Effect effect : statement.effects()) {
        if ((effect instanceof Effect.Commit commit && commit.chain())
            || (effect instanceof Effect.Rollback rollback && rollback.chain())) {
          return true;
        }
      }
      return false;
    }
  }

  /** The transaction block that a call is made in, as the server last reported it. */
  public enum Block {
    /** None: the statement is its own transaction. */
    NONE,
    /** None yet, but the driver sends BEGIN ahead of the call (autocommit is off). */
    BEGINS,
    /** One is open. */
    OPEN,
    /** One is open and has failed: the server takes nothing but its end. */
    FAILED
  }

  /** What may be done about an interrupted call. */
  public enum Verdict {
    /** Run it again on the rebuilt session: nothing of it counts. */
    RUN_AGAIN,
    /** Run it again in a transaction that has failed, as the one before had. */
    RUN_AGAIN_FAILED,
    /** The transaction is certainly not committed, and the call belonged to it. */
    TRANSACTION_LOST,
    /** Only evidence can tell whether it was committed. */
    OUTCOME_IN_DOUBT
  }

  /** What may be done. */
  public Verdict verdict() {
    return switch (block) {
      case NONE -> sent && mayCommitAlone() ? Verdict.OUTCOME_IN_DOUBT : Verdict.RUN_AGAIN;
      case BEGINS -> sent && kind == Kind.MAY_COMMIT ? Verdict.OUTCOME_IN_DOUBT : Verdict.RUN_AGAIN;
      case OPEN -> inOpenBlock();
      case FAILED ->
          switch (kind) {
            case COMMIT -> Verdict.RUN_AGAIN_FAILED;
            case ROLLBACK -> Verdict.RUN_AGAIN;
            // ROLLBACK; INSERT ...; COMMIT in one string leaves the failed block behind.
            case MAY_COMMIT -> sent ? Verdict.OUTCOME_IN_DOUBT : Verdict.TRANSACTION_LOST;
            case READ, SESSION, WORK -> Verdict.TRANSACTION_LOST;
          };
    };
  }

  private boolean mayCommitAlone() {
    return kind == Kind.WORK || kind == Kind.MAY_COMMIT;
  }

  private Verdict inOpenBlock() {
    return switch (kind) {
      case ROLLBACK -> Verdict.RUN_AGAIN;
      case COMMIT -> {
        if (!wrote) {
          // Nothing but reads and changes of the session: committed or not makes no difference.
          yield Verdict.RUN_AGAIN;
        }
        yield sent ? Verdict.OUTCOME_IN_DOUBT : Verdict.TRANSACTION_LOST;
      }
      case MAY_COMMIT -> sent ? Verdict.OUTCOME_IN_DOUBT : Verdict.TRANSACTION_LOST;
      case READ, SESSION, WORK -> Verdict.TRANSACTION_LOST;
    };
  }
}

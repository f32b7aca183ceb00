package io.baton.session.sql;

import java.util.List;

/**
 * The effect of a text of SQL on the transaction that it runs in, as far as a commit is concerned.
 * It is computed once, with the analysis of the text.
 */
public enum TransactionEffect {
  /** It only reads, provided that the catalogue proves its functions free of side effects. */
  READ,
  /** It only changes the session: SET, LISTEN, PREPARE, BEGIN, SAVEPOINT. */
  SESSION,
  /** It may write, and commits at its end when it runs outside a transaction block. */
  WRITE,
  /** It commits the transaction block, and does nothing else. */
  COMMIT,
  /** It rolls the transaction block back, and does nothing else. */
  ROLLBACK,
  /** It may commit even inside a transaction block: several statements with a COMMIT among them. */
  MAY_COMMIT;

  static TransactionEffect of(List<AnalysedStatement> statements, boolean onlyReads) {
    if (onlyReads) {
      return READ;
    }
    if (statements.size() == 1) {
      return ofSingle(statements.get(0));
    }
    boolean onlySession = true;
    for (AnalysedStatement statement : statements) {
      TransactionEffect effect = ofSingle(statement);
      if (effect == COMMIT || effect == ROLLBACK || effect == MAY_COMMIT) {
        return MAY_COMMIT;
      }
      onlySession &= effect == SESSION || statement.readCandidate();
    }
    return onlySession ? SESSION : WRITE;
  }

  private static TransactionEffect ofSingle(AnalysedStatement statement) {
    return switch (statement.kind()) {
      case COMMIT -> isChained(statement) ? MAY_COMMIT : COMMIT;
      // AND CHAIN begins another block, whose state only the server knows.
      case ROLLBACK -> isChained(statement) ? WRITE : ROLLBACK;
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
      default -> statement.readCandidate() ? READ : WRITE;
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

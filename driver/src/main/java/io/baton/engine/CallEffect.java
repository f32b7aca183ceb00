package io.baton.engine;

import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.catalogue.ReadVerdict;
import io.baton.session.sql.StatementAnalysis;

/**
 * What a call does to the data and to its transaction: worked out once for a call, of the text and
 * of what the catalogue knows of the functions in it.
 */
enum CallEffect {
  /** It reads and does nothing else: proved. */
  READ,
  /** By its text it reads, but the catalogue does not prove its functions harmless. */
  UNPROVED_READ,
  /** It changes the session and nothing else. */
  SESSION,
  /** It may write, and commits at its end when it runs outside a transaction block. */
  WRITE,
  /** It ends the block by committing it, and does nothing else. */
  COMMIT,
  /** It ends the block by rolling it back, and does nothing else. */
  ROLLBACK,
  /** It may commit even inside a block. */
  MAY_COMMIT;

  static CallEffect of(StatementAnalysis analysis, FunctionCatalogue catalogue) {
    return switch (analysis.transactionEffect()) {
      case READ -> {
        if (catalogue.verdict(analysis) == ReadVerdict.PROVED) {
          yield READ;
        }
        yield catalogue.provesSessionOnly(analysis) ? SESSION : UNPROVED_READ;
      }
      case SESSION -> catalogue.provesReadsAmong(analysis) ? SESSION : WRITE;
      case WRITE -> WRITE;
      case COMMIT -> COMMIT;
      case ROLLBACK -> ROLLBACK;
      case MAY_COMMIT -> MAY_COMMIT;
    };
  }

  /** Whether it may write by itself. */
  boolean mayWrite() {
    return this == UNPROVED_READ || this == WRITE || this == COMMIT || this == MAY_COMMIT;
  }

  /** Whether it may have committed something when it ran outside of a transaction block. */
  boolean mayCommitAlone() {
    return this == UNPROVED_READ || this == WRITE || this == MAY_COMMIT;
  }

  /**
   * Whether it may make a write visible to others as it ends.
   *
   * @param block where it runs
   * @param wrote whether an earlier call of its transaction may have written
   */
  boolean mayShowWrites(TransactionBlock block, boolean wrote) {
    return switch (this) {
      case READ, SESSION, ROLLBACK -> false;
      case UNPROVED_READ, WRITE -> block == TransactionBlock.NONE;
      case COMMIT -> wrote;
      case MAY_COMMIT -> true;
    };
  }
}

package io.baton.engine;

import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.Effect;
import io.baton.session.sql.StatementAnalysis;
import java.util.Locale;
import java.util.Properties;

/**
 * What {@code setReadOnly(true)} means to the server, by {@code readOnlyMode}: the same as without
 * Baton. A standby takes no writes at all, so what the driver would have let a server do on a
 * connection that is set to read-only goes to the writer.
 */
enum ReadOnlyMode {
  /** Nothing. */
  IGNORE,
  /** Transactions that the driver begins are read-only; a statement of its own is not. */
  TRANSACTION,
  /** Everything is. */
  ALWAYS;

  /** That of a connection; what the driver does not know it takes for the second. */
  static ReadOnlyMode of(Properties properties) {
    return switch (properties.getProperty("readOnlyMode", "").toLowerCase(Locale.US)) {
      case "ignore" -> IGNORE;
      case "always" -> ALWAYS;
      default -> TRANSACTION;
    };
  }

  /**
   * Whether a call on a connection that is set to read-only may write by what it says, as far as
   * its server lets it.
   *
   * @param changesRows whether rows may be changed through its result
   * @param autocommit whether the driver begins no transaction for it; a text may have begun one
   */
  boolean mayWrite(
      StatementAnalysis analysis, CallEffect effect, boolean changesRows, boolean autocommit) {
    if (!autocommit) {
      // With ALWAYS too, the driver makes the session itself read-only in autocommit mode alone.
      return analysis.statements().size() > 1 && begins(analysis);
    }
    if (this == ALWAYS) {
      return false;
    }
    return switch (effect) {
      case WRITE, MAY_COMMIT -> true;
      case READ, UNPROVED_READ, SESSION, COMMIT, ROLLBACK -> changesRows;
    };
  }

  /** Whether code that a query runs may write, as far as its server lets it. */
  boolean mayRunCode(boolean autocommit) {
    return this != ALWAYS && autocommit;
  }

  /** Whether a text that may have ended the driver's transaction begins one of its own. */
  private static boolean begins(StatementAnalysis analysis) {
    for (AnalysedStatement statement : analysis.statements()) {
      for (Effect effect : statement.effects()) {
        if (effect instanceof Effect.Begin begin
            && !Boolean.TRUE.equals(begin.modes().readOnly())) {
          return true;
        }
      }
    }
    return false;
  }
}

package io.baton.engine;

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
   * Whether a text may write on a connection that is set to read-only, and its words show that it
   * is going to.
   *
   * @param autocommit whether the driver begins no transaction for it; a text may have begun one
   */
  boolean letsWrite(StatementAnalysis analysis, boolean autocommit) {
    if (this == ALWAYS || !autocommit) {
      return false;
    }
    return switch (analysis.transactionEffect()) {
      case WRITE, MAY_COMMIT -> true;
      case READ, SESSION, COMMIT, ROLLBACK -> false;
    };
  }
}

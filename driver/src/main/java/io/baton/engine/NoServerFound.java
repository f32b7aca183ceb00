package io.baton.engine;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * There was no server to go on with before a limit was reached. It never leaves the engine: what
 * the application is told depends on what became of its work.
 */
final class NoServerFound extends SQLException {

  private static final long serialVersionUID = 1L;

  /**
   * Makes it.
   *
   * @param account what each endpoint last said, in lines
   */
  NoServerFound(String message, String account, @Nullable Throwable cause) {
    super(
        message + (account.isEmpty() ? "" : ":" + System.lineSeparator() + account),
        "08001",
        cause);
  }
}

package io.baton.engine;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * A part of a session cannot be rebuilt on a new connection, so that the session is lost. It never
 * leaves the engine: what the application is told depends on what became of its work.
 */
final class RebuildRefused extends SQLException {

  private static final long serialVersionUID = 1L;

  /**
   * Makes it.
   *
   * @param what the part that is lost, for people
   * @param cause the server's own error, null if there was none
   */
  RebuildRefused(String what, @Nullable SQLException cause) {
    super(what, "08006", cause);
  }
}

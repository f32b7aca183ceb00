package io.baton.engine;

import java.sql.SQLException;

/** No server has what a read needs. It never leaves the engine. */
final class NeedsUnmet extends SQLException {

  private static final long serialVersionUID = 1L;

  NeedsUnmet(String message) {
    super(message, "55000");
  }

  /** What the application is told. */
  SQLException told() {
    return new SQLException(getMessage(), getSQLState(), this);
  }
}

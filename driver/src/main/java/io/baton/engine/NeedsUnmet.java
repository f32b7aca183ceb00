package io.baton.engine;

import java.sql.SQLException;

/** No server has what a read needs: the application is told as it is. */
final class NeedsUnmet extends SQLException {

  private static final long serialVersionUID = 1L;

  NeedsUnmet(String message) {
    super(message, "55000");
  }
}

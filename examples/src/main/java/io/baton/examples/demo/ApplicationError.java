package io.baton.examples.demo;

import java.sql.SQLException;
import java.util.Objects;

/**
 * An exception that reached the application.
 *
 * @param worker the worker that got it
 * @param atNanos when
 * @param sqlState its SQLState, {@code none} where it had none
 * @param during what the worker was about
 * @param message what it said
 */
record ApplicationError(int worker, long atNanos, String sqlState, Step during, String message) {

  /** What a worker was about when an exception reached it. */
  enum Step {
    CONNECTING("getting a connection"),
    WORKING("in a transaction"),
    COMMITTING("in commit()"),
    LOOKING_UP("looking an operation up");

    private final String text;

    Step(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }

  static ApplicationError of(SQLException exception, int worker, long atNanos, Step during) {
    String message = Objects.requireNonNullElse(exception.getMessage(), "");
    return new ApplicationError(worker, atNanos, sqlStateOf(exception), during, message);
  }

  static String sqlStateOf(SQLException exception) {
    return Objects.requireNonNullElse(exception.getSQLState(), "none");
  }

  /**
   * Whether this leaves open what became of the transaction: the connection went while the commit
   * was under way. Class 57P is in doubt as well, since PostgreSQL ends a backend that waits for
   * synchronous replication with 57P01 after its transaction has been committed.
   */
  boolean leavesCommitInDoubt() {
    return during == Step.COMMITTING
        && (sqlState.startsWith("08") || sqlState.startsWith("57P") || sqlState.equals("none"));
  }
}

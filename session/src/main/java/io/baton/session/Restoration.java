package io.baton.session;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;

/**
 * The SQL that turns one session state into another, in one round trip.
 *
 * <p>Immutable.
 */
public final class Restoration {
  private final List<String> statements;
  private final List<SessionLoss> losses;

  private Restoration(List<String> statements, List<SessionLoss> losses) {
    this.statements = List.copyOf(statements);
    this.losses = List.copyOf(losses);
  }

  /** What makes a new connection the session with this state. */
  public static Restoration of(SessionState target) {
    return between(SessionState.FRESH, target);
  }

  /** What brings a connection that is in one state into another. */
  public static Restoration between(SessionState current, SessionState target) {
    return new Restoration(List.of(), List.of());
  }

  /** Whether there is nothing to run. */
  public boolean isEmpty() {
    return statements.isEmpty();
  }

  /** The statements in their order. */
  public List<String> statements() {
    return statements;
  }

  /** What is known beforehand not to be rebuildable. */
  public List<SessionLoss> losses() {
    return losses;
  }

  /** The first thing known not to be rebuildable. */
  public Optional<SessionLoss> loss() {
    return losses.stream().findFirst();
  }

  /**
   * Runs it on a connection in autocommit mode, outside of any transaction.
   *
   * @return what turned out not to be rebuildable, empty when the session stands
   */
  public List<SessionLoss> runOn(Connection connection) throws SQLException {
    if (!statements.isEmpty()) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(String.join(";\n", statements));
      }
    }
    return losses;
  }
}

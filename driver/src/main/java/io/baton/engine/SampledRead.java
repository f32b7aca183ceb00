package io.baton.engine;

import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.SessionState;
import io.baton.session.sql.ResultShape;
import io.baton.session.sql.StatementAnalysis;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A read of the application that is kept to be run again, with the values that it was given. These
 * are nowhere but in memory, and only until the rehearsal is over.
 *
 * <p>Compared by identity.
 */
final class SampledRead {

  private static final String EXPLAIN = "EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) ";

  private final StatementAnalysis analysis;
  private final Target<?> target;
  private final CallInputs inputs;
  private final SessionState state;
  private final ResultShape shape;
  private final long bytes;

  /**
   * Keeps a read.
   *
   * @param target what makes it again
   * @param session the state of its session when it was made
   * @param bytes about how many bytes of memory it holds
   */
  SampledRead(
      StatementAnalysis analysis,
      Target<?> target,
      CallInputs inputs,
      SessionState session,
      long bytes) {
    this.bytes = bytes;
    this.analysis = analysis;
    this.target = target;
    this.inputs = inputs;
    this.state = settingsOf(session);
    ResultShape shown = analysis.resultShape();
    this.shape =
        new ResultShape(shown.limited() || inputs.maxRows() > 0, shown.open(), shown.keys());
  }

  /** Settings and roles, which a result depends on; nothing that ties a session to its server. */
  private static SessionState settingsOf(SessionState session) {
    return new SessionState(
        session.reset(),
        session.settings(),
        session.ownNames(),
        false,
        session.authorization(),
        session.role(),
        Map.of(),
        Set.of(),
        Map.of(),
        Map.of(),
        Set.of(),
        Set.of(),
        Set.of());
  }

  /** The state to run it in. */
  SessionState state() {
    return state;
  }

  long bytes() {
    return bytes;
  }

  ResultShape shape() {
    return shape;
  }

  CallInputs inputs() {
    return inputs;
  }

  /** Makes its statement, with all that is bound to it. */
  Statement on(PhysicalConnection physical) throws SQLException {
    return (Statement) target.replaying(physical, inputs, null);
  }

  /** Makes the statement that shows its plan. */
  Statement explainedOn(PhysicalConnection physical) throws SQLException {
    return (Statement) target.replaying(physical, inputs, EXPLAIN + analysis.text());
  }

  /** Runs it on its statement. */
  ResultSet run(Statement statement) throws SQLException {
    return run(statement, analysis.text());
  }

  /** Asks for its plan on the statement for that. */
  @Nullable String explain(Statement statement) throws SQLException {
    try (ResultSet rows = run(statement, EXPLAIN + analysis.text())) {
      return rows.next() ? rows.getString(1) : null;
    }
  }

  private static ResultSet run(Statement statement, String text) throws SQLException {
    return statement instanceof PreparedStatement prepared
        ? prepared.executeQuery()
        : statement.executeQuery(text);
  }
}

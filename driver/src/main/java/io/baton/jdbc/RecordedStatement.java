package io.baton.jdbc;

import io.baton.engine.CallInputs;
import io.baton.engine.Target;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import java.lang.ref.WeakReference;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the journal keeps of a statement: the way to create it again, and the statement itself as
 * long as the application holds it.
 *
 * <p>A statement that the application has dropped, closed or not, takes its results with it, as it
 * does with the PostgreSQL driver. The journal then replays its calls on statements of its own.
 */
final class RecordedStatement implements Target<Statement> {

  private final WeakReference<RoutedStatement> statement;
  private final StatementOrigin<?> origin;

  RecordedStatement(RoutedStatement statement, StatementOrigin<?> origin) {
    this(new WeakReference<>(statement), origin);
  }

  private RecordedStatement(WeakReference<RoutedStatement> statement, StatementOrigin<?> origin) {
    this.statement = statement;
    this.origin = origin;
  }

  /** One that knows how to create the statement, and nothing of the statement itself. */
  static RecordedStatement apart(StatementOrigin<?> origin) {
    return new RecordedStatement(new WeakReference<>(null), origin);
  }

  /** Creates a statement, with another text if one is given. */
  static Statement made(
      StatementOrigin<?> origin, PhysicalConnection physical, @Nullable String text)
      throws SQLException {
    StatementOrigin<?> asMade = text == null ? origin : origin.with(text);
    return asMade.on(physical);
  }

  @Override
  public Statement on(PhysicalConnection physical) throws SQLException {
    RoutedStatement held = statement.get();
    return held == null ? made(origin, physical, null) : held.on(physical);
  }

  @Override
  public Object seen(Statement delegate, @Nullable Object returned) throws SQLException {
    RoutedStatement held = statement.get();
    return held == null
        ? RoutedStatement.answerOf(delegate, returned)
        : held.seen(delegate, returned);
  }

  @Override
  public Statement replaying(
      PhysicalConnection physical, @Nullable CallInputs inputs, @Nullable String text)
      throws SQLException {
    RoutedStatement held = statement.get();
    if (held != null) {
      return held.replaying(physical, inputs, text);
    }
    Statement made = made(origin, physical, text);
    ((StatementInputs) Objects.requireNonNull(inputs)).putInto(made);
    return made;
  }

  @Override
  public void replayed(PhysicalConnection physical, Statement delegate, boolean otherText)
      throws SQLException {
    RoutedStatement held = statement.get();
    if (held == null) {
      delegate.close();
    } else {
      held.replayed(physical, delegate, otherText);
    }
  }

  @Override
  public void carried(long count) throws SQLException {
    RoutedStatement held = statement.get();
    if (held != null) {
      held.carried(count);
    }
  }
}

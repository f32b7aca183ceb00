package io.baton.jdbc;

import io.baton.engine.Target;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.sql.StatementAnalysis;
import java.nio.ByteBuffer;
import java.sql.CallableStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The callable statement that the application holds. */
final class RoutedCallableStatement extends DelegatingCallableStatement {

  RoutedCallableStatement(
      RoutedConnection connection,
      CallableStatement made,
      StatementOrigin<?> origin,
      StatementAnalysis analysis)
      throws SQLException {
    super(connection, made, origin, analysis);
  }

  /** Its outputs are read from it in a replay, too; the driver keeps no rows beside them. */
  @Override
  public Target<Statement> recordedAs() {
    return this;
  }

  /** It has outputs of its own. */
  @Override
  public @Nullable Statement carrying(PhysicalConnection physical, String behind) {
    return null;
  }

  /** It has outputs of its own. */
  @Override
  public @Nullable Statement comparing(PhysicalConnection physical, String otherText) {
    return null;
  }

  /** With the output parameters, which the driver holds as soon as the call has returned. */
  @Override
  public Object seen(Statement statement, @Nullable Object returned) throws SQLException {
    List<Integer> outputs = parameters.outputNumbers();
    if (outputs.isEmpty()) {
      return super.seen(statement, returned);
    }
    List<Object> all = new ArrayList<>();
    all.add(super.seen(statement, returned));
    for (int number : outputs) {
      Object value = ((CallableStatement) statement).getObject(number);
      all.add(value instanceof byte[] bytes ? ByteBuffer.wrap(bytes) : String.valueOf(value));
    }
    return all;
  }
}

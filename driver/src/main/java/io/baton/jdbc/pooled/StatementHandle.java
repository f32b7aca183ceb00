package io.baton.jdbc.pooled;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGStatement;

/**
 * A handle on a statement, so that it leads back to the handle on its connection, and not past it.
 *
 * @param connection the handle that has made it
 * @param statement the statement
 */
record StatementHandle(ConnectionHandle connection, Statement statement)
    implements InvocationHandler {

  /** Returns a handle of that type. */
  static Statement of(
      ConnectionHandle connection, Statement statement, Class<? extends Statement> type) {
    return (Statement)
        Proxy.newProxyInstance(
            StatementHandle.class.getClassLoader(),
            new Class<?>[] {type, PGStatement.class},
            new StatementHandle(connection, statement));
  }

  @Override
  public @Nullable Object invoke(
      Object self, Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
    Object first = arguments == null || arguments.length == 0 ? null : arguments[0];
    return switch (method.getName()) {
      case "equals" -> self == first;
      case "hashCode" -> System.identityHashCode(self);
      case "toString" -> String.valueOf(statement);
      case "getConnection" -> {
        connection.forward(statement, method, arguments); // Throws if the statement is closed.
        yield connection.proxy();
      }
      case "unwrap" ->
          first instanceof Class<?> type && type.isInstance(self)
              ? self
              : connection.forward(statement, method, arguments);
      default -> connection.forward(statement, method, arguments);
    };
  }
}

package io.baton.jdbc.pooled;

import io.baton.BatonConnection;
import io.baton.jdbc.pgjdbc.PgErrors;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A handle on a pooled connection. It hands all calls on, but for those that are about itself, and
 * closing it leaves the session open.
 *
 * <p>Thread-safe as {@link BatonConnection} is.
 */
final class ConnectionHandle implements InvocationHandler {

  private static final Set<String> TRANSACTION_CONTROL =
      Set.of("commit", "rollback", "setSavepoint", "setAutoCommit");

  private final PooledSession pooled;
  private final BatonConnection connection;
  private final HandleRules rules;
  private final BatonConnection proxy;
  private volatile boolean closed;

  /** Whether another handle, or the end of the pooled connection, has closed it. */
  private volatile boolean ended;

  ConnectionHandle(PooledSession pooled, BatonConnection connection, HandleRules rules) {
    this.pooled = pooled;
    this.connection = connection;
    this.rules = rules;
    this.proxy =
        (BatonConnection)
            Proxy.newProxyInstance(
                ConnectionHandle.class.getClassLoader(),
                new Class<?>[] {BatonConnection.class},
                this);
  }

  /** What the application holds. */
  BatonConnection proxy() {
    return proxy;
  }

  /** Closes it without a word to the listeners: JDBC has it so where the application did not. */
  void end() {
    ended = true;
    closed = true;
  }

  @Override
  public @Nullable Object invoke(
      Object self, Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
    Object first = arguments == null || arguments.length == 0 ? null : arguments[0];
    return switch (method.getName()) {
      case "equals" -> self == first;
      case "hashCode" -> System.identityHashCode(self);
      case "toString" -> "Handle on " + connection;
      case "isClosed" -> closed || connection.isClosed();
      case "close" -> close();
      case "isWrapperFor", "unwrap" ->
          first instanceof Class<?> type && type.isInstance(self)
              ? unwrapped(method, self)
              : call(method, arguments);
      default -> call(method, arguments);
    };
  }

  private static Object unwrapped(Method method, Object self) {
    return method.getName().equals("unwrap") ? self : true;
  }

  private @Nullable Object close() throws SQLException {
    if (closed) {
      return null;
    }
    closed = true;
    try {
      if (!connection.isClosed()) {
        rules.closed(connection);
        connection.clearWarnings();
      }
    } catch (SQLException failure) {
      pooled.check(failure);
      throw failure;
    } finally {
      pooled.closed(this);
    }
    return null;
  }

  private @Nullable Object call(Method method, @Nullable Object @Nullable [] arguments)
      throws Throwable {
    if (closed) {
      throw PgErrors.handleClosed(ended);
    }
    if (TRANSACTION_CONTROL.contains(method.getName())) {
      rules.checkTransactionControl();
    }
    Object result = forward(connection, method, arguments);
    return result instanceof Statement statement ? wrapped(statement) : result;
  }

  private Statement wrapped(Statement statement) {
    Class<? extends Statement> type =
        statement instanceof CallableStatement
            ? CallableStatement.class
            : statement instanceof PreparedStatement ? PreparedStatement.class : Statement.class;
    return StatementHandle.of(this, statement, type);
  }

  /** Makes a call on what is behind a handle; the listeners are told if it found the end. */
  @Nullable Object forward(Object target, Method method, @Nullable Object @Nullable [] arguments)
      throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException thrown) {
      if (thrown.getCause() instanceof SQLException failure) {
        pooled.check(failure);
      }
      throw thrown.getCause();
    }
  }
}

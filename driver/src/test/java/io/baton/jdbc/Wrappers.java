package io.baton.jdbc;

import io.baton.engine.EndedSession;
import java.lang.reflect.Field;
import java.sql.PreparedStatement;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Makes wrappers that know a delegate and a connection, and nothing else: all that their generated
 * methods need.
 */
final class Wrappers {

  private Wrappers() {}

  /** A connection that can be led back to, with a session that has ended. */
  static RoutedConnection connection() {
    try {
      RoutedConnection connection = EndedSession.unconstructed(RoutedConnection.class);
      set(connection, "session", EndedSession.make());
      return connection;
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("No connection", e);
    }
  }

  static <T extends ConnectionBound> T wrapping(
      Class<T> type, @Nullable Object delegate, RoutedConnection connection)
      throws ReflectiveOperationException {
    T wrapper = EndedSession.unconstructed(type);
    set(wrapper, "delegate", delegate);
    if (wrapper instanceof PreparedStatement) {
      set(wrapper, "parameters", new BoundParameters());
    }
    set(wrapper, "connection", connection);
    return wrapper;
  }

  private static void set(Object object, String field, @Nullable Object value)
      throws ReflectiveOperationException {
    Class<?> type = object.getClass();
    while (Arrays.stream(type.getDeclaredFields()).noneMatch(f -> f.getName().equals(field))) {
      type = type.getSuperclass();
    }
    Field declared = type.getDeclaredField(field);
    declared.setAccessible(true);
    declared.set(object, value);
  }
}

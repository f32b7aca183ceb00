package io.baton.jdbc;

import io.baton.failover.keys.SequenceMarks;
import io.baton.session.ProtectionTotals;
import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.journal.Journal;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.sql.PreparedStatement;
import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
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
      Journal<RecordedCall<?, ?>> journal = new Journal<>(0);
      journal.switchOff(true);
      LogicalSession session = unconstructed(LogicalSession.class);
      set(session, "calls", new ReentrantLock());
      set(session, "closed", true);
      PlannedMoves moves = unconstructed(PlannedMoves.class);
      set(moves, "heard", new ConcurrentLinkedQueue<>());
      set(session, "moves", moves);
      set(
          session,
          "record",
          new SessionRecord(
              new FunctionCatalogue(),
              journal,
              new ProtectionAccount(new ProtectionTotals()),
              new SessionKeys(new SequenceMarks(), false),
              false));
      RoutedConnection connection = unconstructed(RoutedConnection.class);
      set(connection, "session", session);
      return connection;
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("No connection", e);
    }
  }

  static <T extends ConnectionBound> T wrapping(
      Class<T> type, @Nullable Object delegate, RoutedConnection connection)
      throws ReflectiveOperationException {
    T wrapper = unconstructed(type);
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

  /** An object whose constructor was not run, as serialization makes them. */
  private static <T> T unconstructed(Class<T> type) {
    try {
      Class<?> factory = Class.forName("sun.reflect.ReflectionFactory");
      Object constructor =
          factory
              .getMethod("newConstructorForSerialization", Class.class, Constructor.class)
              .invoke(
                  factory.getMethod("getReflectionFactory").invoke(null),
                  type,
                  Object.class.getConstructor());
      return type.cast(((Constructor<?>) constructor).newInstance());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("No object of " + type, e);
    }
  }
}

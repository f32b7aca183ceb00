package io.baton.engine;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A session that has ended and never had a connection, for tests of what stands in front of it. */
public final class EndedSession {

  private EndedSession() {}

  /** Makes one. */
  public static Session make() throws ReflectiveOperationException {
    Session session = unconstructed(Session.class);
    set(session, "calls", new ReentrantLock());
    SessionStop stop = new SessionStop();
    stop.close();
    set(session, "stop", stop);
    HandedOutObjects handedOut = unconstructed(HandedOutObjects.class);
    set(handedOut, "calls", new ReentrantLock());
    set(handedOut, "stop", stop);
    set(session, "handedOut", handedOut);
    PlannedMoves moves = unconstructed(PlannedMoves.class);
    set(moves, "heard", new ConcurrentLinkedQueue<>());
    set(session, "parts", parts(moves));
    return session;
  }

  /** Parts of which the others are missing. */
  private static SessionParts parts(PlannedMoves moves) throws ReflectiveOperationException {
    Constructor<?> constructor = SessionParts.class.getDeclaredConstructors()[0];
    @Nullable Object[] parts = new @Nullable Object[constructor.getParameterCount()];
    for (int part = 0; part < parts.length; part++) {
      if (constructor.getParameterTypes()[part] == PlannedMoves.class) {
        parts[part] = moves;
      }
    }
    return (SessionParts) constructor.newInstance(parts);
  }

  private static void set(Object object, String field, Object value)
      throws ReflectiveOperationException {
    Field declared = object.getClass().getDeclaredField(field);
    declared.setAccessible(true);
    declared.set(object, value);
  }

  /** An object whose constructor was not run, as serialization makes them. */
  public static <T> T unconstructed(Class<T> type) throws ReflectiveOperationException {
    Class<?> factory = Class.forName("sun.reflect.ReflectionFactory");
    Object constructor =
        factory
            .getMethod("newConstructorForSerialization", Class.class, Constructor.class)
            .invoke(
                factory.getMethod("getReflectionFactory").invoke(null),
                type,
                Object.class.getConstructor());
    return type.cast(((Constructor<?>) constructor).newInstance());
  }
}

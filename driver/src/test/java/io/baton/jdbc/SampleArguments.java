package io.baton.jdbc;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URL;
import java.sql.Date;
import java.sql.SQLType;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.GregorianCalendar;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Arguments to call a method of JDBC with: of the right types, and told apart by being unequal. */
final class SampleArguments {

  private int calls;

  /** Arguments for a method, one for each parameter. */
  @Nullable Object[] of(Method method) throws Exception {
    List<@Nullable Object> arguments = new ArrayList<>();
    for (Class<?> type : method.getParameterTypes()) {
      arguments.add(ofType(type));
    }
    return arguments.toArray();
  }

  /** A value of a type, for a parameter or a result. */
  @Nullable Object ofType(Class<?> type) throws Exception {
    calls++;
    if (type == boolean.class) {
      return true;
    }
    if (type == byte.class) {
      return (byte) -calls;
    }
    if (type == short.class) {
      return (short) -calls;
    }
    if (type == int.class) {
      return calls;
    }
    if (type == long.class) {
      return Long.MIN_VALUE + calls;
    }
    if (type == float.class) {
      return -0.5f * calls;
    }
    if (type == double.class) {
      return -0.25 * calls;
    }
    if (type == String.class || type == Object.class) {
      return "text " + calls;
    }
    if (type.isArray()) {
      return Array.newInstance(type.getComponentType(), calls);
    }
    if (type.isEnum()) {
      return type.getEnumConstants()[0];
    }
    return type.isInterface() ? ofInterface(type) : ofClass(type);
  }

  private @Nullable Object ofClass(Class<?> type) throws Exception {
    Map<Class<?>, Object> samples =
        Map.of(
            BigDecimal.class, BigDecimal.valueOf(calls),
            Calendar.class, new GregorianCalendar(2000 + calls, Calendar.MARCH, 1),
            Class.class, String.class,
            Date.class, new Date(calls),
            InputStream.class, new ByteArrayInputStream(new byte[calls]),
            Properties.class, new Properties(),
            Reader.class, new StringReader("text " + calls),
            Time.class, new Time(calls),
            Timestamp.class, new Timestamp(calls),
            URL.class, URI.create("https://example.org/" + calls).toURL());
    Object sample = samples.get(type);
    // Of the types of the PostgreSQL driver there are results only, and none can be made from here.
    return sample == null && type.getName().startsWith("org.postgresql") ? null : sample;
  }

  private static Object ofInterface(Class<?> type) {
    if (type == Map.class) {
      return Map.of();
    }
    if (type == Executor.class) {
      return (Executor) Runnable::run;
    }
    if (type == SQLType.class) {
      return java.sql.JDBCType.BIGINT;
    }
    return proxy(
        type,
        (self, method, arguments) -> {
          throw new AssertionError("No call should look into an argument: " + method);
        });
  }

  /** An object of an interface whose calls are answered by a handler, but for those of Object. */
  static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(proxy(List.of(type), handler));
  }

  /** An object of several interfaces. */
  static Object proxy(List<Class<?>> types, InvocationHandler handler) {
    return Proxy.newProxyInstance(
        SampleArguments.class.getClassLoader(),
        types.toArray(Class<?>[]::new),
        (self, method, arguments) ->
            method.getDeclaringClass() == Object.class
                ? ofObject(self, types, method, arguments)
                : handler.invoke(self, method, arguments == null ? new Object[0] : arguments));
  }

  private static Object ofObject(
      Object self, List<Class<?>> types, Method method, Object[] arguments) {
    return switch (method.getName()) {
      case "equals" -> self == arguments[0];
      case "hashCode" -> System.identityHashCode(self);
      default -> "a " + types.get(0).getSimpleName();
    };
  }
}

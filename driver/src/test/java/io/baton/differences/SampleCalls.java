package io.baton.differences;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.sql.Date;
import java.sql.JDBCType;
import java.sql.SQLType;
import java.sql.Statement;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Calendar;
import java.util.Comparator;
import java.util.GregorianCalendar;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TimeZone;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Calls of every method of an interface: with usual arguments, and with each argument in turn being
 * null, zero, negative, past the end, or of the wrong kind.
 */
final class SampleCalls {

  private static final Set<String> TAKES_SQL =
      Set.of(
          "addBatch",
          "execute",
          "executeLargeUpdate",
          "executeQuery",
          "executeUpdate",
          "nativeSQL",
          "prepareCall",
          "prepareStatement");

  private SampleCalls() {}

  /** A call of one method; the arguments are made anew for each time that it is made. */
  record SampleCall(Method method, List<Argument> arguments) {

    @Nullable Object on(Object subject) throws Exception {
      Object[] values = arguments.stream().map(argument -> argument.value().get()).toArray();
      return method.invoke(subject, values);
    }

    /** The call as it would be written. */
    String text() {
      return arguments.stream()
          .map(Argument::text)
          .collect(Collectors.joining(", ", method.getName() + "(", ")"));
    }
  }

  record Argument(String text, Supplier<@Nullable Object> value) {}

  /**
   * Calls of an interface, in a lasting order.
   *
   * @param varied whether the arguments are varied; else there is one call of each method
   */
  static List<SampleCall> of(Class<?> face, boolean varied) {
    List<SampleCall> calls = new ArrayList<>();
    Arrays.stream(face.getMethods())
        .filter(method -> !Modifier.isStatic(method.getModifiers()))
        .sorted(
            Comparator.comparing(Method::getName)
                .thenComparing(method -> Arrays.toString(method.getParameterTypes())))
        .forEach(method -> calls.addAll(varied ? of(method) : of(method).subList(0, 1)));
    return calls;
  }

  private static List<SampleCall> of(Method method) {
    List<List<Argument>> choices = new ArrayList<>();
    for (int index = 0; index < method.getParameterCount(); index++) {
      choices.add(choices(method, index));
    }
    List<Argument> usual = choices.stream().map(list -> list.get(0)).toList();
    List<SampleCall> calls = new ArrayList<>();
    calls.add(new SampleCall(method, usual));
    for (int index = 0; index < choices.size(); index++) {
      for (Argument other : choices.get(index).subList(1, choices.get(index).size())) {
        List<Argument> changed = new ArrayList<>(usual);
        changed.set(index, other);
        calls.add(new SampleCall(method, changed));
      }
    }
    return calls;
  }

  private static List<Argument> choices(Method method, int index) {
    Class<?> type = method.getParameterTypes()[index];
    if (type == String.class && index == 0 && TAKES_SQL.contains(method.getName())) {
      return List.of(
          text("select 1 as c"),
          text("nonsense"),
          text("insert into item (c) values ('x')"),
          text("select 1; select 2"),
          text(""),
          nothing(type));
    }
    if (method.getName().equals("setNetworkTimeout") && type == int.class) {
      return List.of(number(60_000), number(-1), number(0));
    }
    if (method.getName().equals("getNotifications")) {
      return List.of(number(1), number(-1)); // Zero waits for ever.
    }
    if (index > 0 && type == int.class && takesType(method)) {
      return List.of(number(Types.VARCHAR), number(Types.INTEGER), number(Types.REF), number(4711));
    }
    return choices(type);
  }

  private static boolean takesType(Method method) {
    String name = method.getName();
    return name.startsWith("setObject")
        || name.startsWith("setNull")
        || name.startsWith("registerOut");
  }

  private static List<Argument> choices(Class<?> type) {
    if (type == int.class) {
      return List.of(number(1), number(0), number(-1), number(99));
    }
    if (type == long.class) {
      return List.of(of("1L", () -> 1L), of("0L", () -> 0L), of("-1L", () -> -1L));
    }
    if (type == boolean.class) {
      return List.of(of("true", () -> true), of("false", () -> false));
    }
    if (type == short.class) {
      return List.of(of("(short) 1", () -> (short) 1));
    }
    if (type == byte.class) {
      return List.of(of("(byte) 1", () -> (byte) 1));
    }
    if (type == float.class) {
      return List.of(of("1.5f", () -> 1.5f), of("NaN", () -> Float.NaN));
    }
    if (type == double.class) {
      return List.of(of("1.5", () -> 1.5), of("NaN", () -> Double.NaN));
    }
    if (type == String.class) {
      return List.of(text("c"), text("nonsense"), text(""), nothing(type));
    }
    if (type == Object.class) {
      return List.of(
          of("7", () -> 7), of("\"c\"", () -> "c"), of("an object", Object::new), nothing(type));
    }
    if (type == Class.class) {
      return List.of(
          of("String.class", () -> String.class),
          of("Integer.class", () -> Integer.class),
          of("Statement.class", () -> Statement.class),
          of("Thread.class", () -> Thread.class),
          nothing(type));
    }
    if (type == int[].class) {
      return List.of(of("{1}", () -> new int[] {1}), of("{9}", () -> new int[] {9}), nothing(type));
    }
    if (type == String[].class) {
      return List.of(
          of("{\"c\"}", () -> new String[] {"c"}),
          of("{\"nonsense\"}", () -> new String[] {"nonsense"}),
          nothing(type));
    }
    if (type == Object[].class) {
      return List.of(of("{\"c\"}", () -> new Object[] {"c"}), nothing(type));
    }
    if (type == byte[].class) {
      return List.of(of("{1}", () -> new byte[] {1}), nothing(type));
    }
    Supplier<@Nullable Object> sample = sample(type);
    return sample == null
        ? List.of(nothing(type))
        : List.of(of("a " + type.getSimpleName(), sample), nothing(type));
  }

  private static @Nullable Supplier<@Nullable Object> sample(Class<?> type) {
    Map<Class<?>, Supplier<@Nullable Object>> samples = new HashMap<>();
    samples.put(BigDecimal.class, () -> BigDecimal.TEN);
    samples.put(Calendar.class, () -> new GregorianCalendar(TimeZone.getTimeZone("Asia/Tokyo")));
    samples.put(Date.class, () -> new Date(0));
    samples.put(Executor.class, () -> (Executor) Runnable::run);
    samples.put(
        InputStream.class, () -> new ByteArrayInputStream("12".getBytes(StandardCharsets.UTF_8)));
    samples.put(Map.class, Map::of);
    samples.put(Properties.class, Properties::new);
    samples.put(Reader.class, () -> new StringReader("12"));
    samples.put(SQLType.class, () -> JDBCType.INTEGER);
    samples.put(Time.class, () -> new Time(0));
    samples.put(Timestamp.class, () -> new Timestamp(0));
    samples.put(URL.class, SampleCalls::address);
    return samples.get(type);
  }

  private static URL address() {
    try {
      return URI.create("https://example.org/").toURL();
    } catch (java.net.MalformedURLException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static Argument of(String text, Supplier<@Nullable Object> value) {
    return new Argument(text, value);
  }

  private static Argument number(int value) {
    return of(String.valueOf(value), () -> value);
  }

  private static Argument text(String value) {
    return of('"' + value + '"', () -> value);
  }

  private static Argument nothing(Class<?> type) {
    return of("(" + type.getSimpleName() + ") null", () -> null);
  }
}

package io.baton.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.lang.reflect.Method;
import java.sql.CallableStatement;
import java.sql.JDBCType;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.GregorianCalendar;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.sql.rowset.serial.SerialBlob;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.postgresql.util.PGobject;

class BoundParametersTest {

  private final List<List<@Nullable Object>> calls = new ArrayList<>();

  /** Records what is bound to it. */
  private final CallableStatement target =
      SampleArguments.proxy(
          CallableStatement.class,
          (self, method, arguments) -> {
            List<@Nullable Object> call = new ArrayList<>();
            call.add(method.getName());
            call.add(List.of(method.getParameterTypes()));
            call.addAll(Arrays.asList(arguments));
            calls.add(call);
            return null;
          });

  private final BoundParameters parameters = new BoundParameters();

  private static List<@Nullable Object> call(Method method, @Nullable Object... arguments) {
    List<@Nullable Object> call = new ArrayList<>();
    call.add(method.getName());
    call.add(List.of(method.getParameterTypes()));
    call.addAll(Arrays.asList(arguments));
    return call;
  }

  private List<@Nullable Object> names() {
    return calls.stream().map(call -> call.get(0)).toList();
  }

  private static Stream<Method> setters() {
    return Stream.of(CallableStatement.class.getMethods())
        .filter(method -> method.getParameterCount() > 1)
        .filter(method -> method.getParameterTypes()[0] == int.class)
        .filter(
            method ->
                (method.getName().startsWith("set")
                        && method.getDeclaringClass() == PreparedStatement.class)
                    || method.getName().equals("registerOutParameter"));
  }

  @TestFactory
  Stream<DynamicTest> setter_takenDown_isCalledAgainWithTheSameArguments() {
    List<DynamicTest> tests =
        setters()
            .map(method -> dynamicTest(method.toGenericString(), () -> assertRoundTrip(method)))
            .toList();
    assertThat(tests).hasSizeGreaterThanOrEqualTo(56);
    return tests.stream();
  }

  private void assertRoundTrip(Method setter) throws Exception {
    calls.clear();
    @Nullable Object[] arguments = new SampleArguments().of(setter);
    BoundParameters bound = new BoundParameters();
    Method recorded =
        ParameterSetters.class.getDeclaredMethod(setter.getName(), setter.getParameterTypes());
    recorded.setAccessible(true);
    recorded.invoke(bound, arguments);

    bound.bindTo(target);

    assertThat(calls).hasSize(1);
    assertThat(calls.get(0).toArray()).isEqualTo(call(setter, arguments).toArray());
  }

  @Test
  void primitives_atTheirLimits_areKept() throws SQLException {
    parameters.setLong(1, Long.MIN_VALUE);
    parameters.setInt(2, Integer.MIN_VALUE);
    parameters.setDouble(3, Double.NaN);
    parameters.setDouble(4, -0.0);
    parameters.setFloat(5, Float.NEGATIVE_INFINITY);
    parameters.setBoolean(6, false);
    parameters.setShort(7, Short.MIN_VALUE);
    parameters.setByte(8, Byte.MIN_VALUE);
    parameters.setObject(9, "1", Types.NUMERIC, -3);
    parameters.setObject(10, "1", -7, Integer.MIN_VALUE);
    parameters.setNull(11, Types.LONGVARCHAR, "citext");
    parameters.setObject(12, "1", JDBCType.NUMERIC, -2);

    parameters.bindTo(target);

    assertThat(calls.stream().map(call -> call.subList(3, call.size())))
        .containsExactly(
            List.of(Long.MIN_VALUE),
            List.of(Integer.MIN_VALUE),
            List.of(Double.NaN),
            List.of(-0.0),
            List.of(Float.NEGATIVE_INFINITY),
            List.of(false),
            List.of(Short.MIN_VALUE),
            List.of(Byte.MIN_VALUE),
            List.of("1", Types.NUMERIC, -3),
            List.of("1", -7, Integer.MIN_VALUE),
            List.of(Types.LONGVARCHAR, "citext"),
            List.of("1", JDBCType.NUMERIC, -2));
  }

  @Test
  void parameter_boundTwice_keepsTheLastValue() throws SQLException {
    parameters.setString(1, "secret");
    parameters.setInt(1, 5);

    parameters.bindTo(target);

    assertThat(names()).containsExactly("setInt");
    assertThat(parameters.estimatedBytes())
        .as("nothing of the first value is kept")
        .isEqualTo(estimateOf(5));
  }

  private static long estimateOf(int value) {
    BoundParameters other = new BoundParameters();
    other.setInt(1, value);
    return other.estimatedBytes();
  }

  @Test
  void parameters_withGaps_leaveTheGapsUnbound() throws SQLException {
    parameters.setInt(300, 3);
    parameters.setInt(2, 1);

    parameters.bindTo(target);

    assertThat(calls.stream().map(call -> call.get(2))).containsExactly(2, 300);
  }

  @Test
  void nulls_bound_areBoundAgainAsNulls() throws SQLException {
    parameters.setString(1, null);
    parameters.setNull(2, Types.INTEGER);

    parameters.bindTo(target);

    assertThat(calls.get(0).subList(2, 4)).containsExactly(1, null);
    assertThat(names()).containsExactly("setString", "setNull");
  }

  @Test
  void clear_forgetsValues_butNotOutputs() throws SQLException {
    parameters.registerOutParameter(1, Types.INTEGER);
    parameters.setInt(1, 5);
    parameters.clear();

    parameters.bindTo(target);

    assertThat(names()).containsExactly("registerOutParameter");
  }

  @Test
  void parameter_bothInputAndOutput_isBoundAsBoth() throws SQLException {
    parameters.setInt(1, 5);
    parameters.registerOutParameter(1, Types.INTEGER);

    parameters.snapshot().bindTo(target);

    assertThat(names()).containsExactly("registerOutParameter", "setInt");
  }

  @Test
  void isEmpty_withoutParameters_only() {
    assertThat(parameters.isEmpty()).isTrue();

    parameters.setInt(1, 5);
    assertThat(parameters.isEmpty()).isFalse();

    parameters.clear();
    assertThat(parameters.isEmpty()).isTrue();

    parameters.registerOutParameter(1, Types.INTEGER);
    assertThat(parameters.isEmpty()).isFalse();
  }

  @Test
  void values_changedAfterTheyWereBound_areBoundAgainAsTheyWere() throws Exception {
    byte[] bytes = {1, 2, 3};
    int[] numbers = {4, 5};
    Timestamp time = Timestamp.valueOf("2026-01-02 03:04:05.678901234");
    PGobject json = jsonb("{}");
    Map<String, String> map = new HashMap<>(Map.of("a", "b"));
    parameters.setBytes(1, bytes);
    parameters.setObject(2, numbers);
    parameters.setTimestamp(3, time);
    parameters.setObject(4, json);
    parameters.setObject(5, map);

    bytes[0] = 99;
    numbers[0] = 99;
    time.setTime(0);
    json.setValue("[]");
    map.clear();
    parameters.bindTo(target);

    assertThat(calls.stream().map(call -> call.get(3)).toArray())
        .isEqualTo(
            new Object[] {
              new byte[] {1, 2, 3},
              new int[] {4, 5},
              Timestamp.valueOf("2026-01-02 03:04:05.678901234"),
              jsonb("{}"),
              Map.of("a", "b")
            });
  }

  private static PGobject jsonb(String text) throws SQLException {
    PGobject json = new PGobject();
    json.setType("jsonb");
    json.setValue(text);
    return json;
  }

  @Test
  void snapshot_afterLaterSetters_holdsWhatWasBound() throws SQLException {
    GregorianCalendar calendar = new GregorianCalendar(2026, 0, 2);
    parameters.setTimestamp(1, new Timestamp(1), calendar);
    parameters.setInt(2, 3);
    BoundParameters snapshot = parameters.snapshot();

    calendar.setTimeInMillis(0);
    parameters.setInt(2, 4);
    parameters.clear();
    snapshot.bindTo(target);

    assertThat(calls.get(0).subList(3, 5))
        .containsExactly(new Timestamp(1), new GregorianCalendar(2026, 0, 2));
    assertThat(calls.get(1).get(3)).isEqualTo(3);
  }

  @Test
  void oneShot_isWhatIsConsumedWhenItIsSent() throws SQLException {
    assertThat(parameters.hasOneShot()).isFalse();

    parameters.setBinaryStream(1, new ByteArrayInputStream(new byte[1]));
    assertThat(parameters.hasOneShot()).isTrue();

    parameters.setBinaryStream(1, null);
    assertThat(parameters.hasOneShot()).as("no stream, but null").isFalse();

    parameters.setObject(1, new StringReader("text"));
    assertThat(parameters.hasOneShot()).isTrue();

    parameters.setBlob(1, new SerialBlob(new byte[1]));
    assertThat(parameters.hasOneShot()).isTrue();

    parameters.setObject(1, "text");
    assertThat(parameters.hasOneShot()).isFalse();
  }

  @Test
  void estimate_growsWithTheContent() {
    parameters.setString(1, "x".repeat(1000));
    long one = parameters.estimatedBytes();
    assertThat(one).isBetween(2000L, 2300L);

    parameters.setBytes(2, new byte[5000]);
    long two = parameters.estimatedBytes();
    assertThat(two - one).isBetween(5000L, 5200L);

    parameters.setObject(3, new String[] {"y".repeat(1000), null});
    long three = parameters.estimatedBytes();
    assertThat(three - two).isBetween(2000L, 2300L);

    parameters.setObject(4, new long[100]);
    assertThat(parameters.estimatedBytes() - three).isBetween(800L, 1000L);
  }
}

package io.baton.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.baton.engine.Execution;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.sql.Array;
import java.sql.Blob;
import java.sql.CallableStatement;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLXML;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.postgresql.PGConnection;
import org.postgresql.PGRefCursorResultSet;
import org.postgresql.PGResultSetMetaData;
import org.postgresql.PGStatement;

/**
 * Calls every generated method: exactly the same method must have been called on the delegate, with
 * the same arguments, and its result be returned; objects of ours are exchanged for those of the
 * PostgreSQL driver on the way in, and the other way round on the way out.
 */
class ForwardingTest {

  /** Interfaces whose objects lead back to a connection, and what the application gets instead. */
  private static final Map<Class<?>, Class<?>> WRAPPERS =
      Map.of(
          Array.class, RoutedArray.class,
          Blob.class, RoutedBlob.class,
          Clob.class, RoutedClob.class,
          DatabaseMetaData.class, RoutedDatabaseMetaData.class,
          ParameterMetaData.class, RoutedParameterMetaData.class,
          ResultSet.class, RoutedResultSet.class,
          ResultSetMetaData.class, RoutedResultSetMetaData.class,
          SQLXML.class, RoutedSqlXml.class,
          Savepoint.class, RoutedSavepoint.class);

  /** Not forwarded: its default calls methods of the connection itself, which are. */
  private static final String INHERITED = "alterUserPassword";

  private final RoutedConnection connection = Wrappers.connection();
  private final SampleArguments samples = new SampleArguments();

  private record Call(String method, List<Class<?>> types, List<@Nullable Object> arguments) {
    static Call of(Method method, @Nullable Object[] arguments) {
      return new Call(
          method.getName(), List.of(method.getParameterTypes()), Arrays.asList(arguments));
    }
  }

  /** Asks its delegate, where the wrapper of an application asks the session's server. */
  static final class AskingMetaData extends DelegatingDatabaseMetaData {

    AskingMetaData(RoutedConnection connection, DatabaseMetaData delegate) {
      super(connection, delegate);
    }

    @Override
    <R> R answer(Execution<DatabaseMetaData, R> call) throws SQLException {
      return call.on(delegate);
    }

    @Override
    <R> R kept(String name, Execution<DatabaseMetaData, R> call) throws SQLException {
      return call.on(delegate);
    }

    @Override
    ResultSet rows(Execution<DatabaseMetaData, ResultSet> call) throws SQLException {
      return new RoutedResultSet(connection, call.on(delegate), null);
    }
  }

  @TestFactory
  Stream<DynamicTest> generatedMethod_called_callsTheSameOnTheDelegate() {
    return Stream.of(
            generated(RoutedConnection.class, Connection.class, PGConnection.class),
            generated(RoutedStatement.class, Statement.class, PGStatement.class),
            generated(RoutedPreparedStatement.class, PreparedStatement.class, PGStatement.class),
            generated(RoutedCallableStatement.class, CallableStatement.class, PGStatement.class),
            generated(RoutedResultSet.class, ResultSet.class, PGRefCursorResultSet.class),
            generated(
                RoutedResultSetMetaData.class, ResultSetMetaData.class, PGResultSetMetaData.class),
            generated(RoutedParameterMetaData.class, ParameterMetaData.class),
            generated(AskingMetaData.class, DatabaseMetaData.class),
            generated(RoutedArray.class, Array.class),
            generated(RoutedBlob.class, Blob.class),
            generated(RoutedClob.class, Clob.class),
            generated(RoutedSqlXml.class, SQLXML.class))
        .flatMap(tests -> tests);
  }

  /** A test for each method of a wrapper that is not overridden by hand. */
  private Stream<DynamicTest> generated(Class<? extends ConnectionBound> type, Class<?>... faces) {
    List<Method> methods =
        Arrays.stream(type.getMethods())
            .filter(method -> method.getDeclaringClass().getSimpleName().startsWith("Delegating"))
            .filter(method -> !method.isBridge() && !Modifier.isStatic(method.getModifiers()))
            .filter(method -> !method.getName().equals(INHERITED))
            .toList();
    assertThat(methods).as("generated methods of %s", type).isNotEmpty();
    return methods.stream()
        .map(
            method ->
                dynamicTest(
                    type.getSimpleName() + "." + Call.of(method, new Object[0]).method(),
                    () -> assertForwarded(type, List.of(faces), method)));
  }

  private void assertForwarded(
      Class<? extends ConnectionBound> type, List<Class<?>> faces, Method method) throws Exception {
    List<Call> calls = new ArrayList<>();
    @Nullable Object result =
        method.getReturnType() == void.class ? null : samples.ofType(method.getReturnType());
    Object delegate =
        SampleArguments.proxy(
            faces,
            (self, called, arguments) -> {
              calls.add(Call.of(called, arguments));
              return result;
            });
    ConnectionBound wrapper = Wrappers.wrapping(type, delegate, connection);
    @Nullable Object[] raw = samples.of(method);
    @Nullable Object[] given = new Object[raw.length];
    for (int i = 0; i < raw.length; i++) {
      given[i] = asTheApplicationHasIt(method.getParameterTypes()[i], raw[i]);
    }

    method.setAccessible(true); // The class is package-private, its methods are not.
    Object returned = method.invoke(wrapper, given);

    assertThat(calls).containsExactly(Call.of(method, raw));
    Class<?> wrapperOfResult = WRAPPERS.get(method.getReturnType());
    if (result == null || wrapperOfResult == null) {
      boolean leadsBack = method.getReturnType() == Connection.class;
      assertThat(returned).isEqualTo(leadsBack ? connection : result);
    } else {
      assertThat(returned).isExactlyInstanceOf(wrapperOfResult);
      assertThat(((ConnectionBound) returned).delegate()).isSameAs(result);
      assertThat(((ConnectionBound) returned).connection).isSameAs(connection);
    }
  }

  private @Nullable Object asTheApplicationHasIt(Class<?> type, @Nullable Object raw)
      throws Exception {
    Class<?> wrapper = WRAPPERS.get(type);
    return wrapper == null
        ? raw
        : Wrappers.wrapping(wrapper.asSubclass(ConnectionBound.class), raw, connection);
  }

  @Test
  void getObject_ofATypeThatTheWrapperIsNot_returnsTheDriversOwn() throws Exception {
    Object rows = SampleArguments.proxy(List.of(Array.class, AutoCloseable.class), (s, m, a) -> 0);
    ResultSet delegate = SampleArguments.proxy(ResultSet.class, (self, method, arguments) -> rows);
    ResultSet result = (ResultSet) Wrappers.wrapping(RoutedResultSet.class, delegate, connection);

    assertThat(result.getObject(1)).isExactlyInstanceOf(RoutedArray.class);
    assertThat(result.getObject(1, Array.class)).isExactlyInstanceOf(RoutedArray.class);
    assertThat(result.getObject(1, AutoCloseable.class)).isSameAs(rows);
  }

  @Test
  void setObject_ofAWrapper_givesTheDriverItsOwn() throws Exception {
    List<Object> given = new ArrayList<>();
    Object delegate =
        SampleArguments.proxy(
            List.of(PreparedStatement.class, PGStatement.class),
            (self, method, arguments) -> {
              given.add(arguments[1]);
              return null;
            });
    Array array = SampleArguments.proxy(Array.class, (self, method, arguments) -> null);
    var statement =
        (PreparedStatement) Wrappers.wrapping(RoutedPreparedStatement.class, delegate, connection);

    statement.setObject(1, new RoutedArray(connection, array));
    statement.setObject(2, "text");

    assertThat(given).containsExactly(array, "text");
  }

  @Test
  void unwrap_ofAnInterface_returnsTheWrapperElseTheDelegate() throws Exception {
    Object delegate =
        SampleArguments.proxy(
            List.of(ResultSet.class, Comparable.class),
            (self, method, arguments) -> method.getName().equals("isWrapperFor") ? false : null);
    ConnectionBound result = Wrappers.wrapping(RoutedResultSet.class, delegate, connection);

    assertThat(result.unwrap(ResultSet.class)).isSameAs(result);
    assertThat(result.isWrapperFor(ResultSet.class)).isTrue();
    assertThat((Object) result.unwrap(Comparable.class)).isSameAs(delegate);
    assertThat(result.isWrapperFor(Comparable.class)).isTrue();
    assertThat(result.isWrapperFor(Runnable.class)).isFalse();
  }
}

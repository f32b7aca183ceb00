package io.baton.jdbc;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.sql.SQLXML;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.PGConnection;
import org.postgresql.PGRefCursorResultSet;
import org.postgresql.PGResultSetMetaData;
import org.postgresql.PGStatement;

/**
 * No method of JDBC is left to the default that its interface has: through such a default {@code
 * executeLargeUpdate}, say, throws instead of reaching the PostgreSQL driver.
 */
class ForwardingCompletenessTest {

  /**
   * The default methods that are right as they are. They are newer than the API that the forwarding
   * classes are generated from; the newest JDK shows when there is another one to decide on.
   */
  private static final Map<String, String> DECISIONS =
      Map.of(
          "Connection.enquoteIdentifier(String, boolean)",
          "asks our metadata for the quote, which PostgreSQL's driver knows without a server",
          "Connection.enquoteLiteral(String)",
          "works on the text alone",
          "Connection.enquoteNCharLiteral(String)",
          "works on the text alone",
          "Connection.isSimpleIdentifier(String)",
          "works on the text alone",
          "Array.close()",
          "calls free() of this very object",
          "Blob.close()",
          "calls free() of this very object",
          "Clob.close()",
          "calls free() of this very object",
          "SQLXML.close()",
          "calls free() of this very object");

  /** A class that the application holds objects of, and the interfaces that it must cover. */
  private record Covered(Class<?> type, List<Class<?>> interfaces) {

    static Covered of(Class<?> type, Class<?>... interfaces) {
      return new Covered(type, List.of(interfaces));
    }

    @Override
    public String toString() {
      return type.getSimpleName();
    }
  }

  static Stream<Covered> everyWrapper() {
    return Stream.of(
        Covered.of(RoutedConnection.class, Connection.class, PGConnection.class),
        Covered.of(RoutedStatement.class, Statement.class, PGStatement.class),
        Covered.of(RoutedPreparedStatement.class, PreparedStatement.class, PGStatement.class),
        Covered.of(RoutedCallableStatement.class, CallableStatement.class, PGStatement.class),
        Covered.of(RoutedResultSet.class, ResultSet.class, PGRefCursorResultSet.class),
        Covered.of(
            RoutedResultSetMetaData.class, ResultSetMetaData.class, PGResultSetMetaData.class),
        Covered.of(RoutedParameterMetaData.class, ParameterMetaData.class),
        Covered.of(RoutedDatabaseMetaData.class, DatabaseMetaData.class),
        Covered.of(RoutedArray.class, Array.class),
        Covered.of(RoutedBlob.class, Blob.class),
        Covered.of(RoutedClob.class, Clob.class),
        Covered.of(RoutedSqlXml.class, SQLXML.class),
        Covered.of(RoutedSavepoint.class, Savepoint.class),
        Covered.of(FreedArray.class, Array.class),
        Covered.of(FreedSqlXml.class, SQLXML.class));
  }

  @ParameterizedTest
  @MethodSource("everyWrapper")
  void wrapper_everyMethodOfItsInterfaces_isDeclaredByOurClasses(Covered covered) {
    assertThat(covered.type()).isAssignableTo(covered.interfaces().get(0));
    assertThat(covered.interfaces())
        .allSatisfy(
            type ->
                assertThat(leftToDefaults(covered.type(), type))
                    .as("methods of %s that need a decision", type.getSimpleName())
                    .isSubsetOf(DECISIONS.keySet()));
  }

  @Test
  void decisions_ofThisJdk_areStillNeeded() {
    Set<String> left =
        everyWrapper()
            .flatMap(
                covered ->
                    covered.interfaces().stream()
                        .flatMap(type -> leftToDefaults(covered.type(), type).stream()))
            .collect(Collectors.toSet());
    Set<String> known =
        everyWrapper()
            .flatMap(covered -> covered.interfaces().stream())
            .flatMap(ForwardingCompletenessTest::instanceMethods)
            .map(ForwardingCompletenessTest::described)
            .collect(Collectors.toSet());

    Set<String> decidedOnHere = new TreeSet<>(DECISIONS.keySet());
    decidedOnHere.retainAll(known);

    assertThat(left).containsExactlyInAnyOrderElementsOf(decidedOnHere);
  }

  @Test
  void newDefaultMethod_ofALaterRelease_isFound() {
    assertThat(leftToDefaults(OfThisRelease.class, OfALaterRelease.class))
        .containsExactly("OfALaterRelease.getSavepointDepth(int)");
  }

  @Test
  void interfaces_together_haveAllTheMethodsOfJdbc() {
    assertThat(
            everyWrapper()
                .flatMap(covered -> covered.interfaces().stream())
                .distinct()
                .flatMap(ForwardingCompletenessTest::instanceMethods)
                .map(ForwardingCompletenessTest::described)
                .distinct())
        .hasSizeGreaterThan(700);
  }

  interface OfALaterRelease extends Savepoint {
    default int getSavepointDepth(int from) {
      return from;
    }
  }

  abstract static class OfThisRelease extends DelegatingSavepoint implements OfALaterRelease {
    OfThisRelease(RoutedConnection connection, Savepoint delegate) {
      super(connection, delegate);
    }
  }

  private static Set<String> leftToDefaults(Class<?> wrapper, Class<?> type) {
    return instanceMethods(type)
        .filter(method -> isLeftToDefault(wrapper, method))
        .map(ForwardingCompletenessTest::described)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static boolean isLeftToDefault(Class<?> wrapper, Method method) {
    try {
      return wrapper
          .getMethod(method.getName(), method.getParameterTypes())
          .getDeclaringClass()
          .isInterface();
    } catch (NoSuchMethodException e) {
      throw new AssertionError(wrapper + " is not of the type of " + method, e);
    }
  }

  private static Stream<Method> instanceMethods(Class<?> type) {
    return Arrays.stream(type.getMethods())
        .filter(method -> !Modifier.isStatic(method.getModifiers()));
  }

  private static String described(Method method) {
    return method.getDeclaringClass().getSimpleName()
        + "."
        + method.getName()
        + Arrays.stream(method.getParameterTypes())
            .map(Class::getSimpleName)
            .collect(joining(", ", "(", ")"));
  }
}

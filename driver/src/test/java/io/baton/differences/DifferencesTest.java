package io.baton.differences;

import io.baton.differences.Comparison.Known;
import io.baton.differences.SampleCalls.SampleCall;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
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
import java.sql.Types;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.PGStatement;
import org.postgresql.jdbc.PgConnection;

/**
 * Every method of the interfaces of JDBC, and of pgjdbc's own, called on objects in several states,
 * with usual and with impossible arguments.
 */
@PostgresTest
@Tag("campaign")
class DifferencesTest {

  private static final List<Known> LEFT =
      List.of(
          Known.of(
              "PGConnection.*getBackendPID.*",
              "`PGConnection.getBackendPID()`",
              "The numbers are of two backends.",
              "Two connections are compared."),
          Known.of(
              "(Prepared|Callable)?Statement( executed)?: execute.*\\(String\\) null.*"
                  + "|Connection: setSavepoint\\(\\(String\\) null\\)",
              "`Statement.execute…(null, …)`, `setSavepoint(null)` outside of a transaction",
              "A `NullPointerException`, where pgjdbc refuses the other arguments first.",
              "Baton reads a text before the driver does. No text is none either way."),
          Known.of(
              "Connection (unwrapped, )?in a failed one: getCatalog\\(\\)",
              "`Connection.getCatalog()` in a failed transaction",
              "The name of the database, where pgjdbc's question is refused with 25P02.",
              "It never changes while a connection lives, so Baton asks once, and needs no server"
                  + " to tell it."),
          Known.of(
              "Array freed: get.*",
              "`Array.get…` after `free()`",
              "SQLState 55000, where pgjdbc returns null or throws a `NullPointerException`.",
              "JDBC asks for an `SQLException`."));

  /** Whether the arguments of the calls are varied. */
  private static final boolean VARIED = true;

  private static final boolean USUAL = false;

  private final Side pgjdbc;
  private final Side baton;
  private final Comparison comparison = new Comparison("methods", LEFT);

  DifferencesTest(PostgresCluster cluster) {
    this.pgjdbc = Side.pgjdbc(cluster);
    this.baton = Side.baton(cluster);
  }

  /** Makes what is called. */
  interface Subject {
    Object on(Connection connection) throws SQLException;
  }

  @BeforeEach
  void table() throws SQLException {
    try (Connection connection = pgjdbc.open();
        Statement statement = connection.createStatement()) {
      statement.execute("drop table if exists item");
      statement.execute("create table item (id serial primary key, c text, at timestamptz)");
      statement.execute("insert into item (c, at) values ('c', '2020-01-01Z'), (null, null)");
      statement.execute(
          "create or replace function twice(inout n int) language sql as 'select 2 * n'");
    }
  }

  @Test
  void methods_ofBothDrivers_tellTheSame() throws Exception {
    connections();
    metaData();
    statements();
    results();
    values();

    comparison.assertAsTold();
  }

  // ---- the subjects

  private void connections() throws Exception {
    each("Connection", Connection.class, connection -> connection, VARIED);
    each("Connection in a transaction", Connection.class, DifferencesTest::begun, USUAL);
    each("Connection in a failed one", Connection.class, DifferencesTest::failed, USUAL);
    each("Connection unwrapped", Connection.class, DifferencesTest::unwrapped, USUAL);
    each(
        "Connection unwrapped, in a failed one",
        Connection.class,
        connection -> failed(unwrapped(connection)),
        USUAL);
    eachOnClosed("Connection closed", Connection.class, DifferencesTest::closed);
    each("PGConnection", PGConnection.class, connection -> connection, USUAL);
    each(
        "PGConnection unwrapped, in a failed one",
        PGConnection.class,
        connection -> failed(unwrapped(connection)),
        USUAL);
    eachOnClosed("PGConnection closed", PGConnection.class, DifferencesTest::closed);
    comparison.counted(
        "`Connection` and `PGConnection`: idle, in a transaction, in a failed one, closed, unwrapped");
  }

  private void metaData() throws Exception {
    each("DatabaseMetaData", DatabaseMetaData.class, Connection::getMetaData, USUAL);
    eachOnClosed(
        "DatabaseMetaData of a closed one",
        DatabaseMetaData.class,
        connection -> {
          DatabaseMetaData metaData = connection.getMetaData();
          connection.close();
          return metaData;
        });
    comparison.counted("`DatabaseMetaData`");
  }

  private void statements() throws Exception {
    each("Statement", Statement.class, Connection::createStatement, VARIED);
    each("Statement executed", Statement.class, DifferencesTest::executed, USUAL);
    eachOnClosed(
        "Statement closed", Statement.class, connection -> closed(connection.createStatement()));
    each("PGStatement", PGStatement.class, Connection::createStatement, USUAL);
    each("PreparedStatement", PreparedStatement.class, DifferencesTest::prepared, VARIED);
    each(
        "PreparedStatement unset",
        PreparedStatement.class,
        connection -> connection.prepareStatement("select ?::int as c, ?::text"),
        USUAL);
    eachOnClosed(
        "PreparedStatement closed",
        PreparedStatement.class,
        connection -> closed(prepared(connection)));
    each("CallableStatement", CallableStatement.class, DifferencesTest::callable, USUAL);
    each(
        "CallableStatement executed",
        CallableStatement.class,
        connection -> {
          CallableStatement statement = callable(connection);
          statement.execute();
          return statement;
        },
        VARIED);
    comparison.counted(
        "`Statement`, `PreparedStatement`, `CallableStatement`: new, executed, closed");
  }

  private void results() throws Exception {
    String values =
        "select 42 as c, 'text' as t, null::text as n, 1.5::numeric as d, true as b,"
            + " '2020-02-03 04:05:06'::timestamp as ts, '{1,2}'::int[] as a";
    each("ResultSet before the first row", ResultSet.class, rows(values, 0), USUAL);
    each("ResultSet on a number", ResultSet.class, rows(values, 1), VARIED);
    each("ResultSet on a text", ResultSet.class, rows("select 'text' as c", 1), USUAL);
    each("ResultSet on a null", ResultSet.class, rows("select null::int as c", 1), USUAL);
    each(
        "ResultSet on a time",
        ResultSet.class,
        rows("select '2020-02-03 04:05:06'::timestamp as c", 1),
        USUAL);
    each("ResultSet on an array", ResultSet.class, rows("select '{1,2}'::int[] as c", 1), USUAL);
    each("ResultSet after the last row", ResultSet.class, rows(values, 2), USUAL);
    eachOnClosed(
        "ResultSet closed",
        ResultSet.class,
        connection -> closed((ResultSet) rows(values, 1).on(connection)));
    each("ResultSet updatable", ResultSet.class, DifferencesTest::updatable, USUAL);
    each(
        "ResultSetMetaData",
        ResultSetMetaData.class,
        connection -> ((ResultSet) rows(values, 0).on(connection)).getMetaData(),
        VARIED);
    each(
        "ParameterMetaData",
        ParameterMetaData.class,
        connection -> prepared(connection).getParameterMetaData(),
        VARIED);
    comparison.counted(
        "`ResultSet` and its metadata: on several kinds of values, before, after, closed, updatable");
  }

  private void values() throws Exception {
    each(
        "Array",
        java.sql.Array.class,
        connection -> ((ResultSet) rows("select '{1,null}'::int[]", 1).on(connection)).getArray(1),
        VARIED);
    each(
        "Array made",
        java.sql.Array.class,
        connection -> connection.createArrayOf("text", new Object[] {"a", null}),
        VARIED);
    eachOnClosed(
        "Array freed",
        java.sql.Array.class,
        connection -> {
          java.sql.Array array = connection.createArrayOf("text", new Object[] {"a"});
          array.free();
          return array;
        });
    each("SQLXML", SQLXML.class, Connection::createSQLXML, VARIED);
    each("Clob", Clob.class, DifferencesTest::clob, VARIED);
    each("Blob", java.sql.Blob.class, DifferencesTest::blob, VARIED);
    each("Savepoint", Savepoint.class, connection -> begun(connection).setSavepoint("c"), VARIED);
    each(
        "Savepoint unnamed",
        Savepoint.class,
        connection -> begun(connection).setSavepoint(),
        VARIED);
    comparison.counted("`Array`, `Blob`, `Clob`, `SQLXML`, `Savepoint`");
  }

  private static Connection begun(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("select 1");
    }
    return connection;
  }

  private static Connection unwrapped(Connection connection) throws SQLException {
    connection.unwrap(PgConnection.class);
    return connection;
  }

  private static Connection failed(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("select 1 / 0");
    } catch (SQLException expected) {
      return connection;
    }
    throw new AssertionError("divided by zero");
  }

  private static <T extends AutoCloseable> T closed(T subject) throws SQLException {
    try {
      subject.close();
    } catch (SQLException failure) {
      throw failure;
    } catch (Exception impossible) {
      throw new AssertionError(impossible);
    }
    return subject;
  }

  private static Statement executed(Connection connection) throws SQLException {
    Statement statement = connection.createStatement();
    statement.execute("select 1 as c union all select 2");
    return statement;
  }

  private static PreparedStatement prepared(Connection connection) throws SQLException {
    PreparedStatement statement = connection.prepareStatement("select ?::int as c, ?::text");
    statement.setInt(1, 1);
    statement.setString(2, "c");
    return statement;
  }

  private static CallableStatement callable(Connection connection) throws SQLException {
    CallableStatement statement = connection.prepareCall("{? = call twice(?)}");
    statement.registerOutParameter(1, Types.INTEGER);
    statement.setInt(2, 4);
    return statement;
  }

  private static Subject rows(String sql, int steps) {
    return connection -> {
      ResultSet rows = connection.createStatement().executeQuery(sql);
      for (int step = 0; step < steps; step++) {
        rows.next();
      }
      return rows;
    };
  }

  private static ResultSet updatable(Connection connection) throws SQLException {
    ResultSet rows =
        connection
            .createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE)
            .executeQuery("select id, c from item order by id");
    rows.next();
    return rows;
  }

  private static Clob clob(Connection connection) throws SQLException {
    return ((ResultSet) rows("select lo_from_bytea(0, 'text'::bytea)", 1).on(begun(connection)))
        .getClob(1);
  }

  private static java.sql.Blob blob(Connection connection) throws SQLException {
    return ((ResultSet) rows("select lo_from_bytea(0, 'text'::bytea)", 1).on(begun(connection)))
        .getBlob(1);
  }

  // ---- comparing

  /** Makes the calls of an interface on a subject, and compares what comes of them. */
  private void each(String name, Class<?> face, Subject subject, boolean varied) throws Exception {
    Connection[] shared = new Connection[2];
    for (SampleCall call : SampleCalls.of(face, varied)) {
      String expected = told(pgjdbc, shared, 0, subject, call);
      String actual = told(baton, shared, 1, subject, call);
      comparison.add(name + ": " + call.text(), expected, actual);
    }
    for (Connection connection : shared) {
      if (connection != null) {
        connection.close();
      }
    }
  }

  private static String told(
      Side side, Connection[] shared, int index, Subject subject, SampleCall call)
      throws Exception {
    Connection connection = shared[index];
    if (connection == null || connection.isClosed()) {
      connection = side.open();
      shared[index] = connection;
    }
    Connection used = connection;
    String told = Told.by(() -> call.on(subject.on(used)));
    if (connection.isClosed()) {
      return told + ", closed";
    }
    told += " in " + status(connection);
    if (!connection.getAutoCommit()) {
      try {
        connection.rollback();
        connection.setAutoCommit(true);
      } catch (SQLException broken) {
        connection.close(); // Some calls of the interface of large objects end a connection.
      }
    }
    return told;
  }

  /** Makes the usual calls of an interface on one subject that is closed. */
  private void eachOnClosed(String name, Class<?> face, Subject subject) throws Exception {
    try (Connection one = pgjdbc.open();
        Connection other = baton.open()) {
      Object expecting = subject.on(one);
      Object actually = subject.on(other);
      for (SampleCall call : SampleCalls.of(face, false)) {
        comparison.add(
            name + ": " + call.text(),
            Told.by(() -> call.on(expecting)),
            Told.by(() -> call.on(actually)));
      }
    }
  }

  /** What the call has left behind. */
  private static String status(Connection connection) throws SQLException {
    return (connection.getAutoCommit() ? "auto" : "manual")
        + (connection.isReadOnly() ? " read-only" : "")
        + " "
        + connection.getHoldability();
  }
}

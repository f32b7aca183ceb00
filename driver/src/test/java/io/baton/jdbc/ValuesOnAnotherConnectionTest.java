package io.baton.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.baton.TransactionLostException;
import io.baton.jdbc.pgjdbc.PgValues;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.io.StringReader;
import java.math.BigDecimal;
import java.sql.Array;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLXML;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.postgresql.util.PGobject;

/** Values that outlive the connection they were made on, against a real server. */
@PostgresTest
class ValuesOnAnotherConnectionTest {

  private final RoutedConnection logical = Wrappers.connection();

  @Test
  void parameters_boundAgainOnAnotherConnection_areTheSameToTheServer(PostgresCluster cluster)
      throws Exception {
    String sql =
        "select ?::int, ?::bigint, ?::text, ?::bytea, ?::timestamptz, ?::numeric, ?::jsonb,"
            + " ?::int[], ?::text[], ?::xml, ?::uuid, ?::timestamptz, ?::real, ?::text";
    List<@Nullable String> before;
    BoundParameters bound;
    try (Connection left = cluster.primary().connect()) {
      var statement =
          Wrappers.wrapping(RoutedPreparedStatement.class, left.prepareStatement(sql), logical);
      Array array = new RoutedArray(logical, left.createArrayOf("text", new String[] {"a", null}));
      SQLXML xml = new RoutedSqlXml(logical, left.createSQLXML());
      PGobject json = new PGobject();
      json.setType("jsonb");
      json.setValue("{\"a\": 1}");
      byte[] bytes = {1, 0, -1};
      xml.setString("<a/>");
      statement.setInt(1, -1);
      statement.setLong(2, Long.MIN_VALUE);
      statement.setString(3, "it''s");
      statement.setBytes(4, bytes);
      statement.setTimestamp(5, Timestamp.valueOf("2026-03-29 02:30:00.123456"));
      statement.setBigDecimal(6, new BigDecimal("1.50"));
      statement.setObject(7, json);
      statement.setObject(8, new int[] {1, 2});
      statement.setArray(9, array);
      statement.setSQLXML(10, xml);
      statement.setObject(11, new UUID(1, 2));
      statement.setObject(12, OffsetDateTime.parse("2026-01-02T03:04:05+06:00"));
      statement.setFloat(13, 0.1f);
      statement.setNull(14, Types.VARCHAR);

      before = row(statement.prepared().executeQuery());
      // The application is free to use its objects for something else now.
      array.free();
      xml.free();
      json.setValue("[]");
      bytes[0] = 99;
      bound = statement.parameters;
    }

    try (Connection current = cluster.primary().connect();
        PreparedStatement again = current.prepareStatement(sql)) {
      bound.bindTo(again);
      assertThat(row(again.executeQuery())).isEqualTo(before).hasSize(14).contains("{a,NULL}");
    }
  }

  @Test
  void outputs_registeredAgainOnAnotherConnection_areReturned(PostgresCluster cluster)
      throws Exception {
    String sql = "{? = call upper(?)}";
    BoundParameters bound;
    try (Connection left = cluster.primary().connect()) {
      var statement =
          Wrappers.wrapping(RoutedCallableStatement.class, left.prepareCall(sql), logical);
      statement.registerOutParameter(1, Types.VARCHAR);
      statement.setString(2, "lower");
      bound = statement.parameters.snapshot();
    }

    try (Connection current = cluster.primary().connect();
        CallableStatement again = current.prepareCall(sql)) {
      bound.bindTo(again);
      again.execute();
      assertThat(again.getString(1)).isEqualTo("LOWER");
    }
  }

  @Test
  void stream_thatWasReadForAConnectionThatIsGone_isNotTakenForAnEmptyOne(PostgresCluster cluster)
      throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(
                cluster.jdbcUrl("jdbc:baton:postgresql:"), cluster.user(), cluster.password());
        PreparedStatement insert = connection.prepareStatement("insert into letter values (?)")) {
      Sql.execute(connection, "drop table if exists letter; create table letter (content text)");
      connection.setAutoCommit(false);
      insert.setCharacterStream(1, new StringReader("Dear reader"));
      cluster.primary().terminateBackends();

      assertThatThrownBy(insert::executeUpdate)
          .isInstanceOf(TransactionLostException.class)
          .hasMessageContaining("a parameter was a stream");
      connection.rollback();
      assertThat(Sql.ask(connection, "select count(*) from letter")).isEqualTo("0");

      insert.setCharacterStream(1, new StringReader("Dear reader"));
      insert.executeUpdate();
      assertThat(Sql.ask(connection, "select content from letter")).isEqualTo("Dear reader");
    }
  }

  @Test
  void array_ofAConnectionThatIsGone_canBeReadThroughAnother(PostgresCluster cluster)
      throws Exception {
    try (Connection current = cluster.primary().connect()) {
      try (Statement statement = current.createStatement()) {
        statement.execute("drop type if exists mood");
        statement.execute("create type mood as enum ('good', 'bad')");
      }
      for (String value :
          List.of(
              "'{1,NULL,3}'::int[]",
              "'{{1.5,2},{3,4}}'::float8[]",
              "'{a,\"b,c\",NULL}'::text[]",
              "'{good,bad}'::mood[]",
              "'{2026-01-02 03:04:05.678901+09,infinity}'::timestamptz[]",
              "'{1.50,NaN}'::numeric[]",
              "'{\"\\\\x0102\"}'::bytea[]",
              "'{}'::int[]")) {
        List<List<@Nullable String>> expected;
        Array left;
        try (Connection closed = cluster.primary().connect()) {
          left = array(closed, value);
          assertThat(left.getBaseTypeName()).isNotEmpty(); // As the application may have asked.
          expected = rows(left.getResultSet());
        }
        Array unasked;
        try (Connection closed = cluster.primary().connect()) {
          unasked = array(closed, value);
        }
        assertThatThrownBy(left::getResultSet).isInstanceOf(SQLException.class);

        for (Array moved :
            List.of(
                PgValues.movedTo(current, left, true),
                PgValues.movedTo(current, left, false),
                PgValues.movedTo(current, unasked, true))) {
          assertThat(rows(moved.getResultSet())).as(value).isEqualTo(expected);
          assertThat(moved.getBaseTypeName()).isEqualTo(left.getBaseTypeName());
          assertThat(moved).hasToString(left.toString());
        }
      }
    }
  }

  @Test
  void array_freed_saysSoToEveryCallButFree(PostgresCluster cluster) throws Exception {
    String url = cluster.jdbcUrl("jdbc:baton:postgresql:");
    try (Connection connection =
        DriverManager.getConnection(url, cluster.user(), cluster.password())) {
      Array array = array(connection, "'{1}'::int[]");
      array.free();
      array.free();
      assertThatThrownBy(array::getArray)
          .isInstanceOf(SQLException.class)
          .hasMessage("This Array object has already been freed.")
          .extracting(failure -> ((SQLException) failure).getSQLState())
          .isEqualTo("55000");
    }
  }

  private static Array array(Connection connection, String value) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("select " + value)) {
      assertThat(result.next()).isTrue();
      return result.getArray(1);
    }
  }

  private static List<@Nullable String> row(ResultSet result) throws SQLException {
    List<List<@Nullable String>> rows = rows(result);
    assertThat(rows).hasSize(1);
    return rows.get(0);
  }

  private static List<List<@Nullable String>> rows(ResultSet result) throws SQLException {
    List<List<@Nullable String>> rows = new ArrayList<>();
    while (result.next()) {
      List<@Nullable String> row = new ArrayList<>();
      for (int column = 1; column <= result.getMetaData().getColumnCount(); column++) {
        row.add(result.getString(column));
      }
      rows.add(row);
    }
    return rows;
  }
}

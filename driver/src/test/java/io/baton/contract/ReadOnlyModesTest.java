package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.TestLength;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a connection that is set to read-only may do is the same as with the driver alone, by its
 * {@code readOnlyMode}, also where reads go to standbys.
 */
class ReadOnlyModesTest extends ContractFixture {

  ReadOnlyModesTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  @BeforeEach
  void function() throws SQLException {
    direct(
        "create or replace function writes() returns int language plpgsql"
            + " as 'begin insert into entry values (7) on conflict do nothing; return 7; end'");
    direct(
        "create or replace function handles() returns int language plpgsql as"
            + " 'begin insert into entry values (11) on conflict do nothing; return 11;"
            + " exception when read_only_sql_transaction then return -1; end'");
    direct("create sequence if not exists drawn");
    cluster.awaitReplication();
  }

  private static Stream<Arguments> ways() {
    Stream.Builder<Arguments> all = Stream.builder();
    for (String mode : List.of("transaction", "ignore", "always")) {
      for (boolean inUrl : List.of(true, false)) {
        for (boolean autocommit : List.of(true, false)) {
          all.add(Arguments.of(mode, inUrl, autocommit));
        }
      }
    }
    return TestLength.everyNth(3, all.build());
  }

  @ParameterizedTest
  @MethodSource("ways")
  void whatIsAllowed_isTheSame(String mode, boolean inUrl, boolean autocommit) throws SQLException {
    String options = "?readOnlyMode=" + mode + "&readOnly=" + inUrl;
    awaitReaders(connection, cluster.standbys().size());
    String plain;
    try (Connection pgjdbc =
        DriverManager.getConnection(
            "jdbc:postgresql://127.0.0.1:"
                + cluster.primary().directPort()
                + "/"
                + cluster.database()
                + options,
            cluster.user(),
            cluster.password())) {
      plain = work(pgjdbc, inUrl, autocommit);
    }
    direct("truncate entry");
    cluster.awaitReplication();
    reconnect(options);
    assertThat(work(connection, inUrl, autocommit)).isEqualTo(plain);
  }

  private static String work(Connection connection, boolean inUrl, boolean autocommit)
      throws SQLException {
    if (!inUrl) {
      connection.setReadOnly(true);
    }
    connection.setAutoCommit(autocommit);
    StringBuilder ends = new StringBuilder();
    for (String text :
        List.of(
            "select count(*) from entry",
            "insert into entry values (1)",
            "update entry set id = 2 where id = 1",
            "select 1; insert into entry values (3)",
            "select writes()",
            "select count(*) from entry",
            "begin; insert into entry values (4); commit",
            "begin",
            "insert into entry values (5)",
            "commit",
            "begin read only",
            "insert into entry values (6)",
            "rollback",
            "select handles()",
            "select nextval('drawn') > 0",
            "begin",
            "select count(*) from entry",
            "select writes()",
            "show transaction_read_only",
            "rollback",
            "begin",
            "select count(*) from entry",
            "select nextval('drawn') > 0",
            "commit",
            "set transaction read write",
            "begin read write",
            "insert into entry values (8)",
            "commit",
            "begin",
            "set transaction read write",
            "insert into entry values (9)",
            "commit",
            "rollback; begin; insert into entry values (10); commit",
            "lock table entry in share mode",
            "analyze entry",
            "reindex table entry",
            "select count(*) from entry")) {
      ends.append(text).append(" -> ").append(end(connection, text)).append('\n');
      if (!autocommit && !text.startsWith("begin")) {
        connection.commit();
      }
    }
    try (Statement statement =
            connection.createStatement(
                ResultSet.TYPE_SCROLL_SENSITIVE, ResultSet.CONCUR_UPDATABLE);
        ResultSet rows = statement.executeQuery("select id from entry order by id")) {
      if (rows.next()) {
        rows.updateInt(1, 100);
        rows.updateRow();
        ends.append("updated");
      }
    } catch (SQLException refused) {
      ends.append(refused.getSQLState());
    }
    if (!autocommit) {
      connection.rollback();
    }
    return ends.toString();
  }

  private static String end(Connection connection, String text) {
    try (Statement statement = connection.createStatement()) {
      if (statement.execute(text)) {
        try (ResultSet rows = statement.getResultSet()) {
          rows.next();
          return rows.getString(1);
        }
      }
      return String.valueOf(statement.getUpdateCount());
    } catch (SQLException refused) {
      return String.valueOf(refused.getSQLState());
    }
  }
}

package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With {@code baton.replayStrict}, the application is told what pgjdbc tells it. */
@PostgresTest
class StrictAnswersTest extends ContractFixture {

  StrictAnswersTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "?baton.replayStrict=true");
  }

  @BeforeEach
  void data() throws SQLException {
    direct(
        """
        drop schema if exists strict cascade;
        create schema strict;
        create table strict.item (id int primary key, amount int check (amount < 100), t text);
        insert into strict.item values (1, 10, 'a'), (2, 20, 'b'), (3, 30, 'c');
        create view strict.shown as select * from strict.item;
        create table strict.old (old int, new int);
        insert into strict.old values (1, 2);
        create table strict.warned (id int);
        create function strict.warn() returns trigger language plpgsql as
          'begin raise warning ''row %'', new.id; new.id := new.id + 1; return new; end';
        create trigger warn before insert on strict.warned
          for each row execute function strict.warn();
        create sequence strict.numbers;
        """);
    connection.setAutoCommit(false);
  }

  /** All that a call tells, and what is in the tables afterwards. */
  private static List<String> answers(Connection on, String sql, boolean byExecute)
      throws SQLException {
    List<String> told = new ArrayList<>();
    on.setAutoCommit(false);
    try (PreparedStatement statement = on.prepareStatement(sql)) {
      for (int index = 1; index <= statement.getParameterMetaData().getParameterCount(); index++) {
        statement.setInt(index, index);
      }
      tell(told, statement, byExecute);
    } catch (SQLException failure) {
      told.add(failure.getClass() + " " + failure.getSQLState() + " " + failure.getMessage());
    }
    on.rollback();
    return told;
  }

  private static void tell(List<String> told, PreparedStatement statement, boolean byExecute)
      throws SQLException {
    try {
      told.add(byExecute ? "" + statement.execute() : "" + statement.executeUpdate());
      told.add("count " + statement.getUpdateCount() + " " + statement.getLargeUpdateCount());
      told.add("result " + statement.getResultSet());
      for (SQLWarning w = statement.getWarnings(); w != null; w = w.getNextWarning()) {
        told.add("warning " + w.getSQLState() + " " + w.getMessage());
      }
      try (ResultSet keys = statement.getGeneratedKeys()) {
        told.add("keys " + keys.next());
      }
      told.add("more " + statement.getMoreResults() + " " + statement.getUpdateCount());
      told.add("settings " + statement.getMaxRows() + " " + statement.getFetchSize());
    } catch (SQLException failure) {
      told.add(failure.getClass() + " " + failure.getSQLState() + " " + failure.getMessage());
    }
    if (!told.get(told.size() - 1).startsWith("class")) {
      told.add(
          ask(
              statement.getConnection(),
              "select coalesce(string_agg(i::text, ' ' order by id), '') from strict.item i"));
      told.add(
          ask(
              statement.getConnection(),
              "select coalesce(string_agg(w::text, ' ' order by id), '') from strict.warned w"));
    } else {
      try (Statement refused = statement.getConnection().createStatement()) {
        refused.execute("select 1");
        told.add("goes on");
      } catch (SQLException failed) {
        told.add("then " + failed.getSQLState());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "update strict.item set amount = amount + 1",
        "update strict.item set amount = amount + 1 where id = ?",
        "update strict.item set amount = amount + 1 where id = 77",
        "UPDATE ONLY strict.item * SET amount = 1",
        "update strict.item i set (amount, t) = (select 5, 'z') where i.id in (1, 2);",
        "update strict.item as \"Item\" set amount = 3 -- the end",
        "/* a ' */ update strict.item set amount = 3 /* end",
        "update strict.item set amount = 3 where t = 'a' /* nested /* comment */ */ ; ",
        "update strict.item set amount = 1 from strict.old where old.old = item.id",
        "update strict.old old set new = old.new + 1",
        "update strict.old set old = new",
        "delete from strict.item",
        "delete from strict.item using strict.old o where o.old = item.id",
        "delete from strict.old",
        "insert into strict.item values (?, 1, 'q') on conflict do nothing",
        "insert into strict.item values (4, 1, 'q'), (5, 2, null)",
        "insert into strict.item (id) select max(id) + 1 from strict.item",
        "insert into strict.item as x (id, amount) values (1, 2)"
            + " on conflict (id) do update set amount = x.amount + 1 where x.id = 1",
        "insert into strict.item(id, amount) overriding system value values (9, ?)",
        "insert into strict.warned values (1), (2)",
        "insert into strict.warned default values",
        "insert into strict.item (id, t) values (6, {fn ucase('x')})",
        "insert into strict.item (id, t) values (6, E'a\\'b')",
        "insert into strict.item (id, t) values (6, $x$ returning ; $x$)",
        "update strict.shown set amount = 2 where id = 1",
        "with w as (select 1 as id) delete from strict.item i using w where w.id = i.id",
        "with w as (delete from strict.old returning old)"
            + " update strict.item set amount = 0 from w where w.old = id",
        // Errors of what it does.
        "insert into strict.item values (1)",
        "update strict.item set amount = 1 / (id - 2)",
        "update strict.item set amount = 100",
        "insert into strict.item values (7, 'x')",
        // Errors of what it names.
        "update strict.item set missing = 1",
        "update strict.item set amount = missing",
        "update strict.item a set amount = 1 where strict.item.id = 1",
        "update strict.item set amount = t",
        "update strict.missing set amount = 1",
        "update missing.item set amount = 1",
        "delete from strict.item where nothing(id)",
        "insert into strict.item (id, id) values (1, 1)",
        "insert into strict.item values (1, 2, '3', 4)",
        "update strict.item i set amount = 1 from strict.item i",
        "update strict.item set amount = baton_new.amount",
        "update strict.item set amount = count(*)",
        // Errors of its syntax.
        "update strict.item set amount =",
        "update strict.item set amount = 1 where",
        "update strict.item set amount = (1",
        "update strict.item set amount = 1)",
        "update strict.item set amount = 1 where id in (1, 2",
        "update strict.item set amount = 1 where t = 'open",
        "update strict.item set amount = 1 where t = \"open",
        "update strict.item set amount = 1 where t = $a$open",
        "update strict.item set amount = 1 select 2",
        "insert into strict.item",
        "insert into strict.item values (8) on conflict",
        "delete from strict.item where id = 1 limit 1",
        "delete strict.item",
        "update strict.item amount = 1",
        "update strict.item set amount = 1 garbage",
        "merge into strict.item",
        "update strict.item set amount = 1) select count(*) from strict.item where (true",
      })
  void answersOfAWrite_areThoseOfTheDriver(String sql) throws SQLException {
    try (Connection plain = cluster.primary().connect()) {
      for (boolean byExecute : new boolean[] {false, true}) {
        assertThat(answers(connection, sql, byExecute)).isEqualTo(answers(plain, sql, byExecute));
      }
    }
  }

  @Test
  void writeInATransactionThatMustOnlyRead_isRefusedByItsName() throws SQLException {
    execute("set transaction read only");
    try (PreparedStatement statement =
        connection.prepareStatement("delete from strict.item where id = 1")) {
      assertThat((Throwable) failure(statement::executeUpdate))
          .hasMessage("ERROR: cannot execute DELETE in a read-only transaction");
    }
    connection.rollback();
  }

  @Test
  void fetchSizeAndTimeouts_areKept_andDoNotMatter() throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("update strict.item set amount = amount + 1")) {
      statement.setFetchSize(1);
      statement.setQueryTimeout(30);
      for (int round = 0; round < 8; round++) {
        assertThat(statement.executeUpdate()).isEqualTo(3);
        assertThat(statement.getFetchSize()).isEqualTo(1);
        assertThat(statement.getQueryTimeout()).isEqualTo(30);
      }
    }
    connection.commit();
    assertThat(ask("select sum(amount) from strict.item")).isEqualTo("84");
  }

  @Test
  void errorInsideOfASavepoint_leavesTheTransaction() throws SQLException {
    var before = connection.setSavepoint();
    try (PreparedStatement statement =
        connection.prepareStatement("update strict.item set amount =")) {
      assertThat((Throwable) failure(statement::executeUpdate))
          .hasMessageContaining("at end of input");
    }
    connection.rollback(before);
    assertThat(ask("select 1")).isEqualTo("1");
    connection.rollback();
  }

  @Test
  void hostileSearchPath_doesNotReachWhatIsPutBehindAWrite() throws SQLException {
    direct(
        """
        create function strict.concat(strict.item, strict.item) returns text language sql as
          'select (1 / 0)::text';
        create function strict.count() returns int language sql as 'select 1 / 0';
        create function strict.hashtextextended(text, int) returns bigint language sql as
          'select (1 / 0)::bigint';
        create table strict.baton_written (hash int);
        create domain strict.int8 as text;
        """);
    execute("set search_path = strict, pg_catalog");
    try (PreparedStatement statement =
        connection.prepareStatement("update item set amount = amount + 1")) {
      assertThat(statement.executeUpdate()).isEqualTo(3);
    }
    connection.rollback();
  }
}

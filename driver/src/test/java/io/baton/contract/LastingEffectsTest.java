package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a rollback does not undo is not done twice by a replay. */
class LastingEffectsTest extends ContractFixture {

  LastingEffectsTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  @BeforeEach
  void functions() throws SQLException {
    // By Baton, so that its catalogue is read anew.
    execute("drop table if exists watched");
    execute("create sequence if not exists number");
    execute(
        "create or replace function set_back_on_insert() returns trigger language plpgsql as"
            + " $$begin perform SetVal('number', 100); return new; end$$");
    execute("create table watched (id int)");
    execute(
        "create trigger watching before insert on watched for each row"
            + " execute function set_back_on_insert()");
    execute(
        "create or replace function set_back() returns bigint language plpgsql as"
            + " $$begin return setval('number', 100); end$$");
    execute(
        "create or replace function set_back_by_another() returns bigint language sql as"
            + " $$select set_back()$$");
    connection.setAutoCommit(false);
  }

  private void assertIsNotReplayed() throws SQLException {
    cutAll();
    direct("select setval('number', 150)"); // As if others had drawn meanwhile.
    restore();

    // Of code that the text does not show, the state of the session is not known either: 08006.
    assertThat(stateOf(() -> ask("select 5"))).isIn("40001", "08006");
    try (Connection direct = cluster.primary().connect()) {
      assertThat(ask(direct, "select nextval('number')")).isEqualTo("151");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select setval('number', 100)",
        "select pg_catalog.setval('number'::regclass, 100)",
        "select set_back()",
        "select set_back_by_another()",
        "insert into watched values (1)",
        "do $$begin perform setval('number', 100); end$$",
        "select pg_logical_emit_message(false, 'a', 'b')",
      })
  void effectThatNoRollbackUndoes_isNotRepeated(String sql) throws SQLException {
    execute(sql);

    assertIsNotReplayed();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select pg_logical_emit_message(true, 'outbox', 'text') is null",
        "select nextval('number') is null",
        "insert into entry values (1)",
      })
  void effectThatARollbackUndoes_orThatIsNotSetBack_isReplayed(String sql) throws SQLException {
    execute(sql);
    cutAll();
    restore();

    assertThat(ask("select 5")).isEqualTo("5");
    connection.commit();
  }

  @Test
  void sequenceThatIsRestartedWithItsTable_isReplayed() throws SQLException {
    direct("create table if not exists restarted (id serial)");
    execute("truncate restarted restart identity");
    cutAll();
    restore();

    assertThat(ask("select 5")).isEqualTo("5");
    connection.rollback();
  }
}

package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Backend;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A function of the system that changes the session, and nothing that is left when the session is
 * gone, is called again where its answer was cut off.
 */
class SessionCallsCutOffTest extends ContractFixture {

  SessionCallsCutOffTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "select set_config('app.x', '1', false) | 1",
        "select set_config('work_mem', '5MB', false) | 5MB",
        "select pg_advisory_lock(78) | ''",
        "select pg_try_advisory_lock(78) | t",
        "select pg_advisory_lock_shared(78) | ''",
        "select pg_advisory_unlock(77) | t",
        "select pg_advisory_unlock_all() | ''",
        "select pg_try_advisory_xact_lock(79) | t",
        "select set_config('app.y', v, false) from (values ('2')) as t (v) | 2",
      })
  void call_isMadeAgain_andTheSessionIsAsIfNothingHadBeen(String text, String answer)
      throws SQLException {
    execute("select pg_advisory_lock(77)");
    cluster.primary().proxy().cutOn(FaultPoint.before(Backend.COMMAND_COMPLETE));
    assertThat(ask(text)).isEqualTo(answer);

    String held =
        "select string_agg(objid::text, ' ' order by objid) from pg_locks"
            + " where locktype = 'advisory' and pid = pg_backend_pid()";
    String expected =
        text.contains("unlock")
            ? "null"
            : text.contains("ck(78)") || text.contains("ed(78)") ? "77 78" : "77";
    assertThat(ask(held)).isEqualTo(expected);
    try (Connection other = cluster.primary().connect()) {
      String free = "select pg_try_advisory_lock(77)";
      assertThat(ask(other, free)).isEqualTo(text.contains("unlock") ? "t" : "f");
    }
    if (text.contains("app.x")) {
      assertThat(ask("show app.x")).isEqualTo("1");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "select pg_advisory_lock(78), writes()",
        "select set_config('app.x', nextval('drawn')::text, false)",
        "select pg_notify('c', set_config('app.x', '1', false))",
      })
  void call_thatDoesMore_isInDoubt(String text) throws SQLException {
    direct("create sequence if not exists drawn");
    direct(
        "create or replace function writes() returns int language plpgsql"
            + " as 'begin insert into entry values (7) on conflict do nothing; return 7; end'");
    reconnect("");
    ask("select pg_is_in_recovery()");
    cluster.primary().proxy().cutOn(FaultPoint.before(Backend.COMMAND_COMPLETE));
    assertThat(failure(() -> ask(text)).getSQLState()).isEqualTo("08007");
  }
}

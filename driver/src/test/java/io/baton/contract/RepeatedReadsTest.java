package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Backend;
import java.sql.SQLException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Statements outside of a transaction whose answer is cut off: what only looks is made again, even
 * if the function is volatile because it tells something else each time.
 */
class RepeatedReadsTest extends ContractFixture {

  RepeatedReadsTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  private void cutOffItsAnswer() {
    cluster.primary().proxy().cutOn(FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("SELECT 1"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select clock_timestamp()",
        "select timeofday()",
        "select random()",
        "select gen_random_uuid()",
        "select pg_is_in_recovery()",
        "select pg_relation_size('entry')",
        "select pg_current_wal_lsn()",
        "select pg_sleep(0.01)",
        "select count(*) from entry tablesample bernoulli (10)",
        "select pg_catalog.set_config('app.x', '1', false)",
      })
  void whatOnlyLooks_isMadeAgain(String sql) throws SQLException {
    insert(1);
    cutOffItsAnswer();
    assertThat(ask(sql)).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"select nextval('numbers')", "select setval('numbers', 7)"})
  void whatMayHaveWritten_isNot(String sql) throws SQLException {
    direct("create sequence if not exists numbers");
    insert(1);
    cutOffItsAnswer();
    assertThat(catchThrowableOfType(SQLException.class, () -> ask(sql)).getSQLState())
        .isEqualTo("08007");
  }

  /** Its catalogue is read once more, since another client may have made another one of a name. */
  @ParameterizedTest
  @ValueSource(strings = {"pg_sleep(int)", "pg_relation_size(text)", "set_config(text,text,int)"})
  void functionOfTheSameName_thatWrites_isNotMadeAgain(String signature) throws SQLException {
    String call = signature.replace("int", "0").replace("text", "'x'::text");
    ask("select pg_is_in_recovery()");
    direct(
        "create function public."
            + signature
            + " returns int language sql as 'insert into entry values (7); select 1'");
    try {
      cutOffItsAnswer();
      assertThat(
              catchThrowableOfType(SQLException.class, () -> ask("select " + call)).getSQLState())
          .isEqualTo("08007");
      assertThat(rows()).isEqualTo("7");
    } finally {
      direct("drop function public." + signature);
    }
  }
}

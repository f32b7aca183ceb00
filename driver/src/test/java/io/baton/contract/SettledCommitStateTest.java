package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonException;
import io.baton.BatonException.Outcome;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Backend;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A COMMIT that took place and whose answer is lost, of a transaction in which code changed the
 * session: the session is as the server had it, or is lost and says that the work is done.
 */
class SettledCommitStateTest extends ContractFixture {

  private static final FaultPoint COMMITTED =
      FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("COMMIT");

  SettledCommitStateTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  @BeforeEach
  void functions() throws SQLException {
    direct(
        "create or replace function settle_set(n text) returns void language plpgsql as"
            + " 'begin perform set_config(''app.settled'', n, false); end';"
            + "create or replace function settle_set_local(n text) returns void language plpgsql"
            + " as 'begin perform set_config(''app.settled'', n, true); end';"
            + "create or replace function settle_reset() returns void language plpgsql"
            + " as 'begin reset all; end';"
            + "create or replace function settle_path() returns void language sql"
            + " as 'select set_config(''search_path'', ''public'', false)'");
  }

  private @Nullable SQLException commitCutOff(String change) throws SQLException {
    connection.setAutoCommit(false);
    execute(change);
    insert(1);
    cluster.primary().proxy().cutOn(COMMITTED);
    try {
      connection.commit();
      return null;
    } catch (SQLException lost) {
      return lost;
    } finally {
      cluster.primary().proxy().disarm();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select settle_set('new')",
        "do $$ begin perform settle_set('new'); end $$",
        "do $$ begin perform set_config('app.settled', 'new', false); end $$",
        "savepoint s; select settle_set('new'); release s",
        "select settle_reset()",
        "select settle_path()",
      })
  void sessionThatCodeHasChanged_isNeverTheFormerOne(String change) throws SQLException {
    execute("set app.settled = 'old'");

    SQLException lost = commitCutOff(change);

    assertThat((Throwable) lost)
        .isInstanceOf(BatonException.class)
        .hasMessageContaining("read back")
        .satisfies(
            end -> {
              assertThat(((SQLException) end).getSQLState()).isEqualTo("08006");
              assertThat(((BatonException) end).outcome()).isEqualTo(Outcome.COMMITTED);
            });
    assertThat(rows()).isEqualTo("1");
  }

  /** Its effect is over: a session that knows the name is as it was. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "select settle_set_local('new')",
        "do $$ begin perform settle_set_local('new'); end $$",
        "do $$ begin set local app.settled = 'new'; end $$",
        "set local app.settled = 'new'",
      })
  void settingUntilTheEndOfTheTransaction_costsNoSession(String change) throws SQLException {
    execute("set app.settled = 'old'");
    assertThat(ask("select 1")).isEqualTo("1");

    assertThat((Throwable) commitCutOff(change)).isNull();

    assertThat(ask("select current_setting('app.settled')")).isEqualTo("old");
    connection.commit();
    assertThat(rows()).isEqualTo("1");
  }

  /** It has written nothing, and may run again. */
  @Test
  void transactionThatOnlyReads_isRunAgain_sinceOnlyThatTellsWhatItLeaves() throws SQLException {
    execute("set app.settled = 'old'");
    connection.setReadOnly(true);
    connection.setAutoCommit(false);
    execute("select set_config('app.settled', n, false) from (select 'new' as n) as given");
    cluster.primary().proxy().cutOn(COMMITTED);

    connection.commit();

    assertThat(ask("select current_setting('app.settled')")).isEqualTo("new");
    connection.commit();
  }

  /** The tenants of one pool: its second transaction finds the name known. */
  @Test
  void tenantThatIsSetInEachTransaction_costsNoSession() throws SQLException {
    connection.setAutoCommit(false);
    execute("select settle_set_local('first'), current_setting('app.settled', true)");
    connection.commit();

    assertThat((Throwable) commitCutOff("select settle_set_local('second')")).isNull();

    assertThat(ask("select current_setting('app.settled')")).isEmpty();
    connection.commit();
  }
}

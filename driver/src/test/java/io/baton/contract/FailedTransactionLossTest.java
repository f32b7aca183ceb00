package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.baton.TransactionLostException;
import io.baton.testkit.PostgresCluster;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A connection that is lost while its transaction has failed, before the application rolls back:
 * what the rollback takes back is known without asking anybody, and the session goes on.
 */
class FailedTransactionLossTest extends ContractFixture {

  FailedTransactionLossTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  @BeforeEach
  void function() throws SQLException {
    direct(
        "create or replace function set_tenant(t text) returns text language plpgsql as"
            + " 'begin return set_config(''app.tenant'', t, false); end'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select set_config('app.tenant', '2', false), 1/0",
        "select set_tenant('2'), 1/0",
        "do $$ begin perform set_config('app.tenant', '2', false); raise 'no'; end $$",
        "do $$ begin perform set_tenant('2'); raise 'no'; end $$",
        "set app.tenant = '2'; create temp table t (n int); select 1/0",
        "create temp table t (n int) on commit drop; insert into t values (1); select 1/0",
        "insert into entry values (1), (1)",
      })
  void session_goesOn_withWhatItHadBefore(String failing) throws SQLException {
    execute("set app.tenant = '1'");
    connection.setAutoCommit(false);
    insert(1);
    assertThatThrownBy(() -> execute(failing)).isInstanceOf(SQLException.class);

    cluster.primary().terminateBackends();
    connection.rollback();

    assertThat(ask("select current_setting('app.tenant')")).isEqualTo("1");
    insert(2);
    connection.commit();
    assertThat(rows()).isEqualTo("2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select set_tenant('2')",
        "do $$ begin perform set_tenant('2'); end $$",
      })
  void session_goesOn_alsoWhereAnEarlierStatementSetSomething(String earlier) throws SQLException {
    execute("set app.tenant = '1'");
    connection.setAutoCommit(false);
    execute(earlier);
    assertThatThrownBy(() -> execute("select 1/0")).isInstanceOf(SQLException.class);

    cluster.primary().terminateBackends();
    connection.rollback();

    assertThat(ask("select current_setting('app.tenant')")).isEqualTo("1");
    connection.rollback();
  }

  /** Whatever the server, it refuses them again, and nothing of them ran. */
  @ParameterizedTest
  @ValueSource(strings = {"discard all", "gibberish", "listen", "set transaction nope"})
  void statementThatNoTransactionTakes_behindASavepoint_doesNotHinderAReplay(String refused)
      throws SQLException {
    connection.setAutoCommit(false);
    insert(1);
    Savepoint savepoint = connection.setSavepoint();
    assertThatThrownBy(() -> execute(refused)).isInstanceOf(SQLException.class);
    connection.rollback(savepoint);

    cluster.primary().terminateBackends();
    insert(2);
    connection.commit();

    assertThat(rows()).isEqualTo("1 2");
  }

  /** Its name is in no text, and was not known when the server was asked behind the call. */
  @Test
  void settingOfAFunctionThatIsNew_isAskedFor_onceItsSourceIsRead() throws SQLException {
    assertThat(ask("select 1")).isEqualTo("1");
    direct(
        "create or replace function set_new(t text) returns text language plpgsql as"
            + " 'begin return set_config(''app.brandnew'', t, false); end'");
    try {
      execute("select set_new('7')");
      Awaitility.await().pollDelay(Duration.ofSeconds(3)).until(() -> ask("select 1").equals("1"));

      cluster.primary().terminateBackends();

      assertThat(ask("select current_setting('app.' || 'brandnew', true)")).isEqualTo("7");
    } finally {
      direct("drop function set_new(text)");
    }
  }

  /** A replay that differs at its first statement has done nothing of what the transaction did. */
  @Test
  void whatNoRollbackTakesBack_isThereBehindAReplayThatDiffers() throws SQLException {
    connection.setAutoCommit(false);
    assertThat(ask("select count(*) from entry")).isEqualTo("0");
    execute("select pg_advisory_lock(4712)");
    execute("prepare kept as select 5");
    direct("insert into entry values (9)");
    cluster.primary().terminateBackends();

    assertThatThrownBy(() -> insert(1)).isInstanceOf(TransactionLostException.class);
    connection.rollback();

    assertThat(ask("execute kept")).isEqualTo("5");
    assertThat(ask("select pg_advisory_unlock(4712)")).isEqualTo("t");
    connection.rollback();
  }
}

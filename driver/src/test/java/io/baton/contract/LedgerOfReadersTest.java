package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonLedger;
import io.baton.testkit.PostgresCluster;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** With a ledger, transactions that must only read are committed as without one. */
class LedgerOfReadersTest extends ContractFixture {

  LedgerOfReadersTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  @ParameterizedTest
  @CsvSource({
    "simple, never",
    "simple, always",
    "simple, conservative",
    "extended, never",
    "extended, always",
    "extended, conservative",
    "extendedForPrepared, always",
    "extendedCacheEverything, always"
  })
  void commit_ofATransactionThatMustOnlyRead_succeeds(String mode, String autosave)
      throws SQLException {
    try (Connection direct = cluster.primary().connect()) {
      BatonLedger.create(direct);
    }
    direct(
        "create or replace function touch() returns int language plpgsql as"
            + " 'begin return 1; end'");
    reconnect(
        "?baton.commitOutcome=ledger&baton.reads=writer&preferQueryMode="
            + mode
            + "&autosave="
            + autosave);
    connection.setAutoCommit(false);
    for (int i = 0; i < 3; i++) {
      execute("set transaction read only");
      execute("select touch()");
      connection.commit();
    }
    execute("create temp table kept (a int)");
    connection.commit();
    execute("set transaction read only");
    execute("insert into kept values (1)");
    connection.commit();
    execute("insert into entry values (7)");
    connection.commit();

    assertThat(ask("select count(*) from kept")).isEqualTo("1");
    assertThat(ask("select count(*) from baton.ledger")).isEqualTo("1");
    connection.rollback();
  }
}

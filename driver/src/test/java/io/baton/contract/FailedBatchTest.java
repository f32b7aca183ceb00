package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.baton.testkit.PostgresCluster;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a batch that failed has done is undone with its transaction, and costs no session. */
class FailedBatchTest extends ContractFixture {

  FailedBatchTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "create table entry (a int) | 42P07",
        "create temp table t (a int); select 1 / 0 | 22012",
        "create index on entry (id); select 1 / 0 | 22012",
        "listen something; select 1 / 0 | 22012",
        "set work_mem = '5MB'; select 1 / 0 | 22012",
        "prepare q as select 1; select 1 / 0 | 22012",
        "select pg_advisory_lock(1); select 1 / 0 | 22012"
      })
  void session_outlivesTheServer(String failing, String state) throws SQLException {
    execute("set app.tenant = 'a'");
    insert(1);
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.addBatch("update entry set id = 2 where id = 3");
      for (String part : failing.split("; ", -1)) {
        statement.addBatch(part);
      }
      assertThatThrownBy(statement::executeBatch)
          .isInstanceOf(BatchUpdateException.class)
          .extracting(failure -> ((SQLException) failure).getSQLState())
          .isEqualTo(state);
    }
    cluster.primary().terminateBackends();
    if (failing.startsWith("prepare") || failing.contains("lock")) {
      // A rollback undoes neither, and the server cannot be asked any more which of them ran.
      assertThat(failure(connection::commit).getSQLState()).isEqualTo("08006");
      return;
    }
    connection.commit();
    assertThat(ask("show app.tenant")).isEqualTo("a");
    assertThat(ask("select count(*) from entry")).isEqualTo("1");
  }
}

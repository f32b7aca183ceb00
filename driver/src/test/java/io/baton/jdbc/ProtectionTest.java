package io.baton.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonConnection;
import io.baton.Clusters;
import io.baton.ProtectionReport;
import io.baton.ProtectionReport.Cover;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the protection report says of calls that are covered, and of those that are not. */
@PostgresTest
class ProtectionTest {

  private final Connection connection;

  ProtectionTest(PostgresCluster cluster) throws SQLException {
    connection =
        DriverManager.getConnection(
            cluster.jdbcUrl("jdbc:baton:postgresql:"), cluster.user(), cluster.password());
    Catalogues.awaitRead(cluster, "");
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private ProtectionReport report() throws SQLException {
    return connection.unwrap(BatonConnection.class).protection();
  }

  @Test
  void reads_andTransactions_areCovered() throws SQLException {
    execute("select 1");
    connection.setAutoCommit(false);
    execute("create table covered (id int)");
    execute("insert into covered values (1)");
    connection.rollback();

    assertThat(report().calls()).isEqualTo(4);
    assertThat(report().replayableShare()).isEqualTo(1);
    assertThat(report().restorableShare()).isEqualTo(1);
    assertThat(report().losses()).isEmpty();
  }

  @Test
  void whatTakesTheCoverFromATransaction_isNamedWithoutItsData() throws SQLException {
    connection.setAutoCommit(false);
    for (int i = 0; i < 3; i++) {
      execute("select 1");
      execute("/*+ baton:no-replay */ select 'secret" + i + "'");
      execute("select 2");
      connection.rollback();
    }

    assertThat(report().calls()).isEqualTo(12);
    assertThat(report().replayable()).isEqualTo(3);
    assertThat(report().losses())
        .singleElement()
        .satisfies(
            loss -> {
              assertThat(loss.cover()).isEqualTo(Cover.TRANSACTION);
              assertThat(loss.statement()).isEqualTo("select ?");
              assertThat(loss.reason()).contains("comment");
              assertThat(loss.count()).isEqualTo(3);
            });
  }

  @Test
  void writesOutsideOfTransactions_areNot() throws SQLException {
    execute("create temporary table kept (id int)");
    execute("insert into kept values (1)");
    execute("select 1");

    assertThat(report().losses())
        .extracting(ProtectionReport.Loss::cover)
        .contains(Cover.TRANSACTION, Cover.SESSION);
    assertThat(report().restorable()).isEqualTo(1);
    assertThat(report().losses())
        .anySatisfy(
            loss -> {
              assertThat(loss.cover()).isEqualTo(Cover.SESSION);
              assertThat(loss.statement()).isEqualTo("insert into kept values (?)");
            });
    assertThat(Clusters.of(connection).protection().calls())
        .isGreaterThanOrEqualTo(report().calls());
  }
}

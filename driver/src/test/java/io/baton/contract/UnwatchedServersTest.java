package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

/** Servers whose monitors keep no connection, so that none can be lost. */
@PostgresTest(standbys = 1)
class UnwatchedServersTest {

  private final PostgresCluster cluster;

  UnwatchedServersTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  @Test
  void transaction_throughACrash_goesOn() throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(
                cluster.jdbcUrl("jdbc:baton:postgresql:") + "?baton.heartbeat=0",
                cluster.user(),
                cluster.password());
        Statement statement = connection.createStatement()) {
      statement.execute("create table kept (n int)");
      cluster.awaitReplication();
      connection.setAutoCommit(false);
      statement.execute("insert into kept values (1)");

      cluster.primary().crash();
      cluster.promoteStandby();
      statement.execute("insert into kept values (2)");
      connection.commit();

      try (ResultSet sum = statement.executeQuery("select sum(n) from kept")) {
        sum.next();
        assertThat(sum.getString(1)).isEqualTo("3");
      }
    }
  }
}

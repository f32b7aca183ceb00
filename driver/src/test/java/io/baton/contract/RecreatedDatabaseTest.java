package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

/** A database is dropped and made again, as test suites do, while a program is connected to it. */
@PostgresTest(standbys = 2)
class RecreatedDatabaseTest {

  private final PostgresCluster cluster;

  RecreatedDatabaseTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(
        cluster
            .jdbcUrl("jdbc:baton:postgresql:")
            .replace("/" + cluster.database(), "/tenant_database"),
        cluster.user(),
        cluster.password());
  }

  private void administrator(String sql) throws SQLException {
    try (Connection direct = cluster.primary().connectAsSuperuser();
        Statement statement = direct.createStatement()) {
      statement.execute(sql);
    }
  }

  private void create() throws SQLException {
    administrator("create database tenant_database owner " + cluster.user());
  }

  /** What a standby that is behind does not know yet is no answer. */
  @Test
  void connection_isOpened_thoughStandbysDoNotHaveTheDatabaseYet() throws SQLException {
    create();
    cluster.awaitReplication();
    try (Connection held = connect()) {
      assertThat(ContractFixture.ask(held, "select 1")).isEqualTo("1");
      administrator("drop database tenant_database with (force)");
      cluster.awaitReplication();
      cluster.standbys().forEach(PostgresNode::pauseReplay);
      try {
        create();
        for (int i = 0; i < 5; i++) {
          try (Connection connection = connect()) {
            assertThat(ContractFixture.ask(connection, "select 1")).isEqualTo("1");
          }
        }
      } finally {
        cluster.standbys().forEach(PostgresNode::resumeReplay);
      }
    } finally {
      administrator("drop database tenant_database with (force)");
    }
  }
}

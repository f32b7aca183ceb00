package io.baton.benchmarks.overhead;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.benchmarks.harness.AuroraEmulation;
import io.baton.benchmarks.harness.Contestants;
import io.baton.benchmarks.harness.Server;
import io.baton.testkit.PostgresCluster;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OperationTest {
  private static PostgresCluster cluster;

  @BeforeAll
  static void startServer() throws SQLException {
    cluster = PostgresCluster.builder().start();
    AuroraEmulation.install(cluster);
    try (Connection connection = cluster.primary().connect()) {
      Schema.create(connection);
    }
  }

  @AfterAll
  static void stopServer() {
    cluster.close();
  }

  @ParameterizedTest
  @EnumSource
  void operation_throughTheWrapper_readsWhatPgjdbcReads(Operation operation) throws SQLException {
    Server server = Server.direct(cluster);
    try (Work base = operation.open(() -> Contestants.PGJDBC.connect(server));
        Work contested = operation.open(() -> Contestants.AWS.connect(server))) {
      assertThat(base.run(3)).isPositive().isEqualTo(contested.run(3));
    }
  }

  @ParameterizedTest
  @EnumSource(
      names = {"PREPARED_SELECT", "PREPARE_AND_ROW", "STATEMENT", "SCAN", "AUTOCOMMIT_UPDATE"})
  void roundTrips_ofOneStatement_areOne(Operation operation) {
    assertThat(new RoundTrips(cluster).count(Contestants.PGJDBC, operation)).isEqualTo(1.0);
  }
}

package io.baton.testkit.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.ServerCertificate;
import io.baton.testkit.Sql;
import io.baton.testkit.junit.PostgresTest;
import io.baton.testkit.proxy.Message.Frontend;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@PostgresTest
class EncryptedConnectionTest {
  @Test
  void refusedEncryption_leavesTheConnectionUnderstood(PostgresCluster cluster) throws Exception {
    PostgresNode node = cluster.primary();
    try (Connection connection = node.connectThroughProxy(sslMode("prefer"))) {
      ArmedFault fault =
          node.proxy().on(FaultPoint.before(Frontend.EXECUTE).ofStatement("SELECT 7"), () -> {});

      assertThat(Sql.query(connection, "SELECT 7")).isEqualTo("7");

      assertThat(fault.await(Duration.ofSeconds(30))).isTrue();
    }
  }

  @Test
  void encryptedConnection_passesAndIsNotUnderstood(PostgresCluster cluster, @TempDir Path folder)
      throws Exception {
    PostgresNode node = cluster.primary();
    ServerCertificate.create(folder).encrypt(node);
    try (Connection connection = node.connectThroughProxy(sslMode("require"))) {
      ArmedFault fault = node.proxy().cutOn(FaultPoint.before(Frontend.SYNC));

      assertThat(Sql.query(connection, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))
          .isEqualTo("t");

      assertThat(fault.hasFired()).isFalse();
    }
  }

  private static Properties sslMode(String mode) {
    Properties properties = new Properties();
    properties.setProperty("sslmode", mode);
    return properties;
  }
}

package io.baton.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PostgresClusterTest {
  @ParameterizedTest
  @EnumSource(names = {"V15", "V16", "V17"})
  @Tag("campaign")
  void cluster_ofAVersionBetween_failsOverToo(PostgresVersion version) throws SQLException {
    try (PostgresCluster cluster =
        PostgresCluster.builder().version(version).standbys(1).synchronous().start()) {
      PostgresNode old = cluster.primary();
      Sql.execute(old, "CREATE TABLE kept (n int)");
      assertThat(Sql.query(old, "SHOW server_version")).startsWith(version.major() + ".");

      PostgresNode promoted = cluster.failover();
      cluster.rebuild(old);

      Sql.execute(promoted, "INSERT INTO kept VALUES (1)");
      cluster.awaitReplication();
      assertThat(Sql.query(old, "SELECT n FROM kept")).isEqualTo("1");
    }
  }

  @Test
  void cluster_isAsItsBuilderWasTold() throws SQLException {
    try (PostgresCluster cluster =
        PostgresCluster.builder()
            .durable()
            .database("Müller & Söhne")
            .user("it's me")
            .setting("work_mem", "7MB")
            .setting("app.greeting", "it's fine")
            .start()) {
      PostgresNode node = cluster.primary();

      assertThat(Sql.query(node, "SELECT current_database()")).isEqualTo("Müller & Söhne");
      assertThat(Sql.query(node, "SELECT current_user")).isEqualTo("it's me");
      assertThat(Sql.query(node, "SHOW fsync")).isEqualTo("on");
      assertThat(node.dataFolder().orElseThrow()).startsWith(RunFolder.get().base());
      assertThat(Sql.query(node, "SHOW work_mem")).isEqualTo("7MB");
      assertThat(Sql.query(node, "SHOW app.greeting")).isEqualTo("it's fine");
      try (Connection superuser = node.connectAsSuperuser()) {
        assertThat(Sql.query(superuser, "SHOW is_superuser")).isEqualTo("on");
      }
    }
  }

  @Test
  void data_thatIsNotFlushed_liesInMemory_whereThereIsRoom() {
    Path place = MemoryFileSystem.withRoom().orElse(RunFolder.get().base());

    try (PostgresCluster cluster = PostgresCluster.builder().start()) {
      assertThat(cluster.primary().dataFolder().orElseThrow()).startsWith(place);
    }
  }

  @Test
  void jdbcUrl_leadsThroughTheProxies() throws SQLException {
    try (PostgresCluster cluster = PostgresCluster.builder().start();
        Connection connection =
            DriverManager.getConnection(
                cluster.jdbcUrl("jdbc:postgresql:"), cluster.user(), cluster.password())) {
      assertThat(Sql.query(connection, "SELECT 1")).isEqualTo("1");
      assertThat(cluster.primary().proxy().openConnections()).isEqualTo(1);
      assertThat(cluster.primary().port()).isNotEqualTo(cluster.primary().directPort());
    }
  }

  @Test
  void nodes_withOwnAddresses_shareTheirPorts() throws SQLException {
    assumeTrue(isLinux(), "elsewhere only 127.0.0.1 is there unless it was set up");
    try (PostgresCluster cluster =
        PostgresCluster.builder().standbys(1).perNodeAddresses().start()) {
      PostgresNode first = cluster.node(0);
      PostgresNode second = cluster.node(1);

      assertThat(first.host()).isEqualTo("127.0.0.2");
      assertThat(second.host()).isEqualTo("127.0.0.3");
      assertThat(second.port()).isEqualTo(first.port());
      assertThat(second.directPort()).isEqualTo(first.directPort());
      assertThat(cluster.failover()).isSameAs(second);
      assertThat(Sql.query(second, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void clusters_areNotOfTheSameSystem() throws SQLException {
    String identifier = "SELECT system_identifier FROM pg_control_system()";
    try (PostgresCluster one = PostgresCluster.builder().start();
        PostgresCluster other = PostgresCluster.builder().start()) {
      assertThat(Sql.query(one.primary(), identifier))
          .isNotEqualTo(Sql.query(other.primary(), identifier));
      assertThat(one.password()).isNotEqualTo(other.password());
    }
  }

  @Test
  void primary_whenThereIsNone_isAnError() {
    try (PostgresCluster cluster = PostgresCluster.builder().start()) {
      cluster.primary().crash();

      assertThatThrownBy(cluster::primary)
          .isInstanceOf(ClusterException.class)
          .hasMessageContaining("No node is the primary");
      assertThatThrownBy(cluster::promoteStandby)
          .isInstanceOf(ClusterException.class)
          .hasMessageContaining("No standby is running");
    }
  }

  @Test
  void serverThatDoesNotStart_isReportedWithItsLog() {
    PostgresCluster.Builder builder =
        PostgresCluster.builder().setting("shared_preload_libraries", "no_such_library");

    assertThatThrownBy(builder::start)
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("no_such_library");
  }

  @Test
  void synchronousCluster_withoutStandby_isRefused() {
    assertThatThrownBy(() -> PostgresCluster.builder().synchronous().start())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("needs a standby");
  }

  private static boolean isLinux() {
    return System.getProperty("os.name", "").startsWith("Linux");
  }
}

package io.baton.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The scripts that run servers in containers, run on this machine instead, with the embedded
 * binaries: all that differs in a container is who hands them to {@code sh}.
 */
class ShellHostTest {
  @ParameterizedTest
  @EnumSource(names = "V18")
  void cluster_ofScripts_doesWhatAClusterDoes(PostgresVersion version) throws SQLException {
    ClusterSpecification specification =
        ClusterSpecification.standard().withVersion(version).withStandbys(1).withSynchronous(true);
    PostgresNode crashed;
    try (PostgresCluster cluster =
        PostgresCluster.start(specification, new LocalShellEngine(version))) {
      PostgresNode first = cluster.primary();
      Sql.execute(first, "CREATE TABLE kept (n int)");
      first.freeze();
      assertThat(first.isFrozen()).isTrue();
      first.thaw();
      Sql.execute(first, "INSERT INTO kept VALUES (1)");

      PostgresNode promoted = cluster.failover();
      assertThat(first.isRunning()).isFalse();
      cluster.rebuild(first);
      Sql.execute(promoted, "INSERT INTO kept VALUES (2)");

      assertThat(cluster.switchover()).isSameAs(first);
      cluster.addStandby();
      cluster.awaitReplication();
      for (PostgresNode node : cluster.nodes()) {
        assertThat(Sql.query(node, "SELECT sum(n) FROM kept")).isEqualTo("3");
      }
      assertThat(first.log()).contains("ready to accept connections");

      promoted.stop();
      crashed = promoted;
      cluster.repair();
      assertThat(cluster.nodes()).hasSize(2).allMatch(PostgresNode::isRunning);
    }
    assertThat(crashed.isRunning()).isFalse();
  }

  @Test
  void quoted_keepsATextOneWord() {
    assertThat(Shell.quoted("it's $HOME; `id`")).isEqualTo("'it'\\''s $HOME; `id`'");
  }

  private static final class LocalShellEngine implements Engine {
    private final FileTree folder = RunFolder.get().newClusterFolder();
    private final LoopbackPorts ports = RunFolder.get().newPorts();
    private final LoopbackAddresses addresses = new LoopbackAddresses(ports, false);
    private final Path binaries;

    LocalShellEngine(PostgresVersion version) {
      this.binaries =
          new BinaryCache(RunFolder.get().base())
              .unpacked(
                  Platform.current()
                      .flatMap(platform -> BinaryArchive.find(version, platform))
                      .orElseThrow());
    }

    @Override
    public NodeHost newHost(String name, int index) {
      Address address = addresses.of(index);
      return new ShellHost(this::run, folder.root().resolve(name).toString(), address, address);
    }

    private Shell.Result run(String script) {
      ProcessBuilder builder =
          new ProcessBuilder(ServerAccount.current().command("sh", "-c", script))
              .redirectError(ProcessBuilder.Redirect.DISCARD);
      builder
          .environment()
          .merge("PATH", binaries.resolve("bin").toString(), (path, bin) -> bin + ":" + path);
      try {
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Shell.Result(process.waitFor(), output);
      } catch (IOException | InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public Address newProxyAddress(int index) {
      return addresses.of(index);
    }

    @Override
    public String clientNetwork() {
      return "all";
    }

    @Override
    public void close() {
      folder.delete();
      ports.close();
    }
  }
}

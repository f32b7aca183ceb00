package io.baton;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is left once the last connection and data source are closed. */
@PostgresTest(standbys = 1)
class ShutdownTest {

  private final PostgresCluster cluster;

  ShutdownTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  private String url() {
    return "jdbc:baton:postgresql://" + cluster.hosts() + "/" + cluster.database();
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(url(), cluster.user(), cluster.password());
  }

  /** The threads that look after the servers of this test, whichever class loader they are of. */
  private List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("baton-"))
        .filter(name -> cluster.nodes().stream().anyMatch(node -> name.contains(at(node))))
        .toList();
  }

  private static String at(PostgresNode node) {
    return node.host() + ":" + node.port();
  }

  /** Soft references, of which the JDK keeps some to classes, count as none in that JVM. */
  @Test
  void application_thatEndsAndIsUnloaded_leavesNoThread_andNothingThatHoldsItsClassLoader()
      throws Exception {
    Process container =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:SoftRefLRUPolicyMSPerMB=0",
                "-cp",
                System.getProperty("java.class.path"),
                UnloadingContainer.class.getName(),
                url(),
                cluster.user(),
                cluster.password())
            .redirectErrorStream(true)
            .start();
    List<String> said = container.inputReader().lines().toList();

    assertThat(said).contains("LOADED APART true", "RAN read read ", "THREADS []", "COLLECTED");
    assertThat(container.waitFor()).isZero();
  }

  @Test
  void connection_thatWasTheLast_leavesNoThread() throws SQLException {
    Connection one = connect();
    Connection last = connect();

    one.close();
    assertThat(threads()).isNotEmpty();
    last.close();

    assertThat(threads()).isEmpty();
  }

  @Test
  void connection_thatWasTheLast_leavesNoThread_whileAServerHangs() throws SQLException {
    PostgresNode hanging = cluster.standbys().get(0);
    hanging.freeze();
    try {
      Connection last = connect();
      assertThat(threads()).as("one waits to be let in").anyMatch(t -> t.contains(at(hanging)));

      last.close();

      assertThat(threads()).isEmpty();
    } finally {
      hanging.thaw();
    }
  }
}

package io.baton.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.routing.monitor.ConnectionAttempt;
import io.baton.routing.monitor.Connector;
import io.baton.routing.monitor.ServerNotification;
import io.baton.routing.topology.Availability;
import io.baton.routing.topology.ClusterSettings;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.Environment;
import io.baton.routing.topology.Topology;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.net.UnknownHostException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What aborts the sessions of a server, and what does not; the name service can be switched off.
 */
@PostgresTest
class EvidenceTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final PostgresCluster server;
  private final AtomicBoolean namesAreKnown = new AtomicBoolean(true);

  EvidenceTest(PostgresCluster server) {
    this.server = server;
  }

  /** Connects to the server while its name is known. */
  private final class Named implements Connector {

    private final CountingConnector servers = new CountingConnector(server);

    @Override
    public ConnectionAttempt attempt(Endpoint endpoint, Duration timeout) {
      ConnectionAttempt attempt = servers.attempt(endpoint, timeout);
      return new ConnectionAttempt() {
        @Override
        public Connection open() throws SQLException {
          if (!namesAreKnown.get()) {
            throw new SQLException(
                "The connection attempt failed.",
                "08001",
                new UnknownHostException(endpoint.host()));
          }
          return attempt.open();
        }

        @Override
        public void abort(String reason) {
          attempt.abort(reason);
        }
      };
    }

    @Override
    public List<ServerNotification> await(Connection connection, Duration timeout)
        throws SQLException {
      return servers.await(connection, timeout);
    }
  }

  private static boolean isAt(Topology topology, Availability availability) {
    return topology.endpoints().stream().allMatch(state -> state.availability() == availability);
  }

  @Test
  void outageOfTheNameService_makesAServerSuspect_andEndsNoSession() throws Exception {
    Endpoint endpoint = new Endpoint(server.primary().host(), server.primary().port());
    ClusterSettings settings =
        ClusterSettings.of(List.of(endpoint)).withHeartbeat(Duration.ofMillis(100));
    AtomicReference<@Nullable String> aborted = new AtomicReference<>();
    try (ClusterLease lease =
        new ClusterRegistry(Environment.system())
            .acquire(new ClusterKey(settings.endpoints(), Map.of()), settings, new Named(), null)) {
      Cluster cluster = lease.cluster();
      assertThat(cluster.awaitWriter(PATIENCE)).isPresent();
      cluster.register(endpoint, aborted::set);

      namesAreKnown.set(false);
      cluster.reportFailure(endpoint, new SQLException("unknown host", "08001"));
      server.primary().terminateBackends();
      assertThat(
              cluster.awaitTopology(
                  topology ->
                      isAt(topology, Availability.SUSPECT)
                          && topology.endpoints().stream()
                              .map(EndpointState::failure)
                              .allMatch(
                                  failure ->
                                      failure != null
                                          && failure.getCause() instanceof UnknownHostException),
                  PATIENCE))
          .isPresent();
      assertThat(cluster.topology().hasWriter()).isFalse();

      namesAreKnown.set(true);
      assertThat(cluster.awaitWriter(PATIENCE)).isPresent();
      assertThat(aborted).hasValue(null);

      server.primary().crash();
      assertThat(cluster.awaitTopology(topology -> isAt(topology, Availability.DOWN), PATIENCE))
          .isPresent();
      // Told when the topology has changed already.
      Awaitility.await().untilAsserted(() -> assertThat(aborted.get()).startsWith("down"));
    }
  }
}

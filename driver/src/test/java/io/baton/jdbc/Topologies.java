package io.baton.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.Clusters;
import io.baton.EndpointStatus;
import io.baton.testkit.PostgresNode;
import java.sql.Connection;
import java.util.List;
import org.awaitility.Awaitility;

/** What the cluster of a connection is known to be, for tests that wait for it. */
final class Topologies {

  private Topologies() {}

  /** The name by which Baton knows a node. */
  static String at(PostgresNode node) {
    return node.host() + ":" + node.port();
  }

  /** Waits until so many readers can be used. */
  static void awaitReaders(Connection connection, int count) {
    Awaitility.await()
        .until(
            () ->
                Clusters.of(connection).topology().stream()
                        .filter(EndpointStatus::isUsable)
                        .filter(server -> server.role() == EndpointStatus.Role.READER)
                        .count()
                    == count);
  }

  /** Waits until the cluster has these endpoints and no others. */
  static void awaitEndpoints(Connection connection, List<String> expected) {
    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(Clusters.of(connection).endpoints())
                    .containsExactlyInAnyOrderElementsOf(expected));
  }
}

package io.baton.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.routing.topology.ClusterSettings;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.Environment;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which clusters are the same one; there is no server. */
class ClusterRegistryTest {

  private static final Endpoint A = new Endpoint("a", 5432);
  private static final Endpoint B = new Endpoint("b", 5432);
  private static final Map<String, String> USER = Map.of("user", "app");

  private final ClusterRegistry registry = new ClusterRegistry(Environment.system());

  private ClusterLease acquire(Map<String, String> properties, ClusterSettings settings) {
    return registry.acquire(
        new ClusterKey(settings.endpoints(), properties), settings, new NoServer(), null);
  }

  private ClusterLease acquire(Endpoint... endpoints) {
    return acquire(USER, ClusterSettings.of(List.of(endpoints)));
  }

  @Test
  void cluster_ofTheSameHostsInAnotherOrder_isTheSame() {
    try (ClusterLease one = acquire(A, B);
        ClusterLease other = acquire(B, A)) {
      assertThat(other.cluster()).isSameAs(one.cluster());
      assertThat(other.cluster().settings().endpoints())
          .as("the first to ask gives the order")
          .containsExactly(A, B);
      assertThat(registry.clusters()).containsExactly(one.cluster());
    }
  }

  @Test
  void cluster_ofOtherHosts_orAnotherUser_orOtherSettings_isAnother() {
    ClusterSettings settings = ClusterSettings.of(List.of(A, B));
    try (ClusterLease one = acquire(A, B);
        ClusterLease fewer = acquire(A);
        ClusterLease user = acquire(Map.of("user", "admin"), settings);
        ClusterLease heartbeat = acquire(USER, settings.withHeartbeat(Duration.ofSeconds(3)))) {
      assertThat(
              List.of(one.cluster(), fewer.cluster(), user.cluster(), heartbeat.cluster()).stream()
                  .distinct())
          .hasSize(4);
    }
  }

  @Test
  void cluster_ofTheSameUserWithOtherPasswords_isTheSame_asItsMonitorsTakeTheOneThatWorks() {
    ClusterSettings settings = ClusterSettings.of(List.of(A));
    ClusterKey key = new ClusterKey(settings.endpoints(), USER);
    try (ClusterLease one = registry.acquire(key, settings, new NoServer(), null);
        ClusterLease other = registry.acquire(key, settings, new NoServer(), null)) {
      assertThat(other.cluster()).isSameAs(one.cluster());
      assertThat(other.cluster().connector()).isSameAs(one.cluster().connector());
    }
  }

  @Test
  void clock_ofTheSameHostsInAnotherOrder_isTheSame() {
    assertThat(registry.clock(List.of(B, A))).isSameAs(registry.clock(List.of(A, B)));
    assertThat(registry.clock(List.of(A))).isNotSameAs(registry.clock(List.of(A, B)));
  }

  @Test
  void key_showsNoProperties() {
    assertThat(new ClusterKey(List.of(B, A), Map.of("sslpassword", "secret")))
        .hasToString("[b:5432, a:5432]")
        .isEqualTo(new ClusterKey(List.of(A, B), Map.of("sslpassword", "secret")))
        .hasSameHashCodeAs(new ClusterKey(List.of(A, B), Map.of("sslpassword", "secret")))
        .isNotEqualTo(new ClusterKey(List.of(A, B), Map.of("sslpassword", "other")));
  }
}

package io.baton.routing.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What servers have told that they have to offer, as a part of the topology. */
class CapabilitiesTest {

  private static final Endpoint A = new Endpoint("a", 5432);
  private static final Endpoint B = new Endpoint("b", 5432);
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final TopologyState state =
      new TopologyState(
          ClusterSettings.of(List.of(A, B)),
          Topology.Listing.OF_THE_URL,
          false,
          new Environment(
              InstantSource.fixed(START),
              () -> 0,
              ThreadLocalRandom::current,
              (name, task) -> new Thread(task, name)),
          new KnownWriters(),
          () -> 1);

  private void answers(Endpoint endpoint, Instant startedAt, long sequence) {
    ServerStatus status = new ServerStatus(true, 7, 1, null, null, true, null, startedAt, 170_004);
    state.observe(endpoint, new Observation.Answered(sequence, status, true));
  }

  private static Capabilities told(Instant startedAt, int connections) {
    return new Capabilities(startedAt, true, connections, 1, 1, Map.of("postgis", "3.4"));
  }

  private @Nullable Capabilities known(Endpoint endpoint) {
    return state.topology().state(endpoint).orElseThrow().capabilities();
  }

  @Test
  void capabilities_areThoseOfTheServerThatToldThem() {
    answers(A, START, 1);
    answers(B, START.plusSeconds(1), 2);
    assertThat(known(A)).isNull();

    assertThat(state.told(A, told(START, 100))).isPresent();
    assertThat(known(A)).isEqualTo(told(START, 100));
    assertThat(known(B)).isNull();

    answers(A, START.plusSeconds(60), 3);
    assertThat(known(A)).as("another server, or the same with other settings").isNull();
    state.told(A, told(START.plusSeconds(60), 200));
    assertThat(known(A)).isEqualTo(told(START.plusSeconds(60), 200));
  }

  @Test
  void capabilities_thatWereKnown_areNoNews() {
    answers(A, START, 1);
    state.told(A, told(START, 100));
    long version = state.topology().version();

    assertThat(state.told(A, told(START, 100))).isEmpty();
    assertThat(state.topology().version()).isEqualTo(version);
    assertThat(state.told(A, told(START, 101))).isPresent();
  }

  @Test
  void capabilities_ofAnEndpointThatIsNotListedAnyMore_areForgotten() {
    answers(A, START, 1);
    state.told(A, told(START, 100));
    state.list(EndpointListing.of(List.of(B)), 0, "listed");
    assertThat(state.told(A, told(START, 100))).isEmpty();

    state.list(EndpointListing.of(List.of(A, B)), 0, "listed");
    answers(A, START, 2);
    assertThat(known(A)).isNull();
  }
}

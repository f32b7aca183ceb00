package io.baton.routing.topology;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.routing.consistency.Lsn;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TopologyRulesTest {

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final long CLUSTER = 7;
  private static final Endpoint A = new Endpoint("a", 5432);
  private static final Endpoint B = new Endpoint("b", 5432);
  private static final Endpoint C = new Endpoint("c", 5432);
  private static final Predicate<Endpoint> ANYBODY = List.of(A, B, C)::contains;

  private static ServerStatus status(boolean standby, long cluster, long timeline, int startedAt) {
    return new ServerStatus(
        standby,
        cluster,
        timeline,
        new Lsn(1000),
        null,
        standby,
        standby ? Duration.ZERO : null,
        NOW.minusSeconds(startedAt),
        180_000);
  }

  private static Health up(ServerStatus status) {
    return Health.UNPROBED.after(
        new Observation.Answered(1, status, true), NOW, 0, Duration.ofSeconds(60));
  }

  private static Health writer(long timeline, int startedAt) {
    return up(status(false, CLUSTER, timeline, startedAt));
  }

  private static Health standby(long timeline, int startedAt) {
    return up(status(true, CLUSTER, timeline, startedAt));
  }

  private static Health down() {
    return Health.UNPROBED.after(
        new Observation.Unreachable(1, new SQLException("nobody", "08001")),
        NOW,
        0,
        Duration.ofSeconds(60));
  }

  private static List<ListedEndpoint> listed(Endpoint... endpoints) {
    return Arrays.stream(endpoints).map(ListedEndpoint::of).toList();
  }

  private static Topology first(List<ListedEndpoint> listed) {
    return Topology.unprobed(listed, Topology.Listing.OF_THE_URL, NOW);
  }

  private static Topology next(
      Topology previous,
      List<ListedEndpoint> listed,
      Predicate<Endpoint> leased,
      Health... healths) {
    return new TopologyRules(listed, leased)
        .next(previous, List.of(healths), Set.of(), Topology.Listing.OF_THE_URL, NOW);
  }

  private static @Nullable Endpoint writerOf(Topology topology) {
    return topology.writer().map(EndpointState::endpoint).orElse(null);
  }

  @Test
  void writer_ofAHigherTimeline_wins_andTheOtherIsGivenUp() {
    List<ListedEndpoint> listed = listed(A, B);
    Topology before = next(first(listed), listed, ANYBODY, writer(1, 10), standby(1, 20));
    assertThat(writerOf(before)).isEqualTo(A);

    Topology after = next(before, listed, ANYBODY, writer(1, 10), writer(2, 20));

    assertThat(writerOf(after)).isEqualTo(B);
    assertThat(after.endpoints().get(0).abortReason()).contains("superseded");
  }

  @Test
  void writers_onOneTimeline_leaveTheOneThatWasThereFirst_orNone() {
    List<ListedEndpoint> listed = listed(A, B);
    assertThat(writerOf(next(first(listed), listed, ANYBODY, writer(2, 10), writer(2, 20))))
        .isNull();

    Topology before = next(first(listed), listed, ANYBODY, standby(2, 10), writer(2, 20));
    Topology after = next(before, listed, ANYBODY, writer(2, 10), writer(2, 20));
    assertThat(writerOf(after)).isEqualTo(B);
    assertThat(after.endpoints().get(0).problem()).contains("so does another server");
  }

  @Test
  void server_withTwoNames_isOneWriter() {
    List<ListedEndpoint> listed = listed(A, B);
    Topology topology = next(first(listed), listed, ANYBODY, writer(1, 10), writer(1, 10));
    assertThat(writerOf(topology)).isEqualTo(A);
    assertThat(topology.endpoints()).allMatch(state -> state.role() == Role.WRITER);
  }

  @Test
  void writer_withoutTheLease_isGivenUp() {
    List<ListedEndpoint> listed = listed(A, B);
    Topology before = next(first(listed), listed, A::equals, writer(1, 10), standby(1, 20));
    assertThat(writerOf(before)).isEqualTo(A);

    Topology expired = next(before, listed, nobody -> false, writer(1, 10), standby(1, 20));
    assertThat(writerOf(expired)).isNull();
    assertThat(expired.endpoints().get(0).abortReason()).contains("lease");
    assertThat(expired.readers()).hasSize(1);

    Topology renewed = next(expired, listed, A::equals, writer(1, 10), standby(1, 20));
    assertThat(writerOf(renewed)).isEqualTo(A);
  }

  @Test
  void newcomers_ofAnotherCluster_changeNothing() {
    List<ListedEndpoint> listed = listed(A);
    Topology before = next(first(listed), listed, ANYBODY, standby(1, 10));
    List<ListedEndpoint> more = listed(A, B, C);

    Topology unasked = next(before, more, ANYBODY, standby(1, 10), Health.UNPROBED, down());
    Topology after =
        next(
            unasked,
            more,
            ANYBODY,
            standby(1, 10),
            up(status(false, CLUSTER + 1, 9, 20)),
            up(status(false, CLUSTER + 1, 9, 30)));

    assertThat(after.systemIdentifier()).contains(CLUSTER);
    assertThat(writerOf(after)).isNull();
    assertThat(after.timeline()).isEqualTo(1);
    assertThat(after.readers()).extracting(EndpointState::endpoint).containsExactly(A);
  }

  @Test
  void incumbent_thatIsNotListedAnyMore_makesRoom() {
    List<ListedEndpoint> listed = listed(A, B);
    Topology before = next(first(listed), listed, ANYBODY, writer(1, 10), standby(1, 20));

    Topology after = next(before, listed(B), ANYBODY, writer(2, 20));

    assertThat(writerOf(after)).isEqualTo(B);
    assertThat(after.differsInSubstance(before)).isTrue();
  }
}

package io.baton.routing.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** When there is a writer, where the source of endpoints grants leases; time is stepped. */
class WriterLeaseTest {

  private static final Endpoint A = new Endpoint("a", 5432);
  private static final Endpoint B = new Endpoint("b", 5432);
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1000); // About to overflow.
  private final TopologyState state =
      new TopologyState(
          ClusterSettings.of(List.of(A, B)),
          new Topology.Listing(true, "nothing was listed yet"),
          true,
          new Environment(
              InstantSource.fixed(NOW),
              nanos::get,
              ThreadLocalRandom::current,
              (name, task) -> new Thread(task, name)),
          new KnownWriters(),
          () -> 1);

  private void answers(Endpoint endpoint, boolean standby) {
    ServerStatus status =
        new ServerStatus(
            standby, 7, 1, null, null, standby, null, NOW.minusSeconds(endpoint.hashCode()), 1);
    state.observe(endpoint, new Observation.Answered(1, status, true));
  }

  private void list(Endpoint holder, Duration left, long askedAt) {
    EndpointListing listing =
        new EndpointListing(
            List.of(ListedEndpoint.of(A), ListedEndpoint.of(B)), new WriterLease(holder, left));
    state.list(listing, askedAt, "listed");
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void lease_thatEndsInThousandsOfYears_holds() {
    answers(A, false);
    list(A, Duration.ofSeconds(Long.MAX_VALUE), nanos.get());
    pass(Duration.ofDays(365));
    state.checkLease();
    assertThat(state.topology().hasWriter()).isTrue();

    list(A, Duration.ofSeconds(Long.MIN_VALUE), nanos.get());
    assertThat(state.topology().hasWriter()).isFalse();
  }

  @Test
  void writer_beforeTheFirstAnswerOfTheSource_isNone() {
    answers(A, false);
    answers(B, true);
    assertThat(state.topology().hasWriter()).isFalse();
    assertThat(state.topology().isComplete()).isFalse();
    assertThat(state.topology().endpoints().get(0).abortReason()).contains("lease");

    list(A, Duration.ofSeconds(10), nanos.get());
    assertThat(state.topology().hasWriter()).isTrue();
  }

  @Test
  void writer_whoseLeaseRanOutBeforeItWasTold_isNone() {
    answers(A, false);
    list(A, Duration.ZERO, nanos.get());
    assertThat(state.topology().hasWriter()).isFalse();
    long askedAt = nanos.get();
    pass(Duration.ofSeconds(3)); // The answer was long on its way.
    list(A, Duration.ofSeconds(2), askedAt);
    assertThat(state.topology().hasWriter()).isFalse();
  }

  @Test
  void lease_thatEndsWhileNobodyPostsAnything_isSeenToBeOverdue() {
    answers(A, false);
    list(A, Duration.ofSeconds(10), nanos.get());
    pass(Duration.ofMillis(9_999));
    assertThat(state.hasOverdueWriter()).isFalse();

    pass(Duration.ofMillis(1));
    assertThat(state.hasOverdueWriter()).isTrue();
    state.checkLease();

    assertThat(state.topology().hasWriter()).isFalse();
    assertThat(state.topology().endpoints().get(0).abortReason()).contains("lease");
    assertThat(state.hasOverdueWriter()).isFalse();
  }

  @Test
  void lease_ofAnother_takesTheWriterAway() {
    answers(A, false);
    list(A, Duration.ofSeconds(10), nanos.get());
    list(B, Duration.ofSeconds(10), nanos.get());
    assertThat(state.topology().hasWriter()).isFalse();
    answers(B, false);
    assertThat(state.topology().writer().map(EndpointState::endpoint)).contains(B);
  }
}

package io.baton.routing;

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
  private final TopologyBoard board =
      new TopologyBoard(
          ClusterSettings.of(List.of(A, B)),
          new Topology.Listing(true, "nothing was listed yet"),
          true,
          new Environment(
              InstantSource.fixed(NOW),
              nanos::get,
              ThreadLocalRandom::current,
              (name, task) -> new Thread(task, name)));

  private void answers(Endpoint endpoint, boolean standby) {
    ServerStatus status =
        new ServerStatus(
            standby, 7, 1, null, null, standby, null, NOW.minusSeconds(endpoint.hashCode()), 1);
    board.post(endpoint, new Observation.Answered(1, status, true));
  }

  private void list(Endpoint holder, Duration left, long askedAt) {
    EndpointListing listing =
        new EndpointListing(
            List.of(ListedEndpoint.of(A), ListedEndpoint.of(B)), new WriterLease(holder, left));
    board.list(listing, askedAt, "listed");
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void writer_beforeTheFirstAnswerOfTheSource_isNone() {
    answers(A, false);
    answers(B, true);
    assertThat(board.topology().hasWriter()).isFalse();
    assertThat(board.topology().isComplete()).isFalse();
    assertThat(board.topology().endpoints().get(0).condemnation()).contains("lease");

    list(A, Duration.ofSeconds(10), nanos.get());
    assertThat(board.topology().hasWriter()).isTrue();
  }

  @Test
  void writer_whoseLeaseRanOutBeforeItWasTold_isNone() {
    answers(A, false);
    list(A, Duration.ZERO, nanos.get());
    assertThat(board.topology().hasWriter()).isFalse();
    long askedAt = nanos.get();
    pass(Duration.ofSeconds(3)); // The answer was long on its way.
    list(A, Duration.ofSeconds(2), askedAt);
    assertThat(board.topology().hasWriter()).isFalse();
  }

  @Test
  void lease_thatEndsWhileNobodyPostsAnything_isSeenToBeOverdue() {
    answers(A, false);
    list(A, Duration.ofSeconds(10), nanos.get());
    pass(Duration.ofMillis(9_999));
    assertThat(board.hasOverdueWriter()).isFalse();

    pass(Duration.ofMillis(1));
    assertThat(board.hasOverdueWriter()).isTrue();
    board.checkLease();

    assertThat(board.topology().hasWriter()).isFalse();
    assertThat(board.topology().endpoints().get(0).condemnation()).contains("lease");
    assertThat(board.hasOverdueWriter()).isFalse();
  }

  @Test
  void lease_ofAnother_takesTheWriterAway() {
    answers(A, false);
    list(A, Duration.ofSeconds(10), nanos.get());
    list(B, Duration.ofSeconds(10), nanos.get());
    assertThat(board.topology().hasWriter()).isFalse();
    answers(B, false);
    assertThat(board.topology().writer().map(EndpointState::endpoint)).contains(B);
  }
}

package io.baton.routing.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is said of a cluster; the logger of the tests writes to the standard error stream. */
class TopologyLogTest {

  private static final Endpoint A = new Endpoint("a", 5432);
  private static final Endpoint B = new Endpoint("b", 5432);

  private final TopologyState state =
      new TopologyState(
          ClusterSettings.of(List.of(A, B)),
          new Topology.Listing(true, "nothing was listed yet"),
          true,
          Environment.system(),
          new KnownWriters(),
          () -> 1);
  private final TopologyLog log = new TopologyLog();

  private String said(Runnable change) {
    PrintStream standardError = System.err;
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
    try {
      Topology before = state.topology();
      change.run();
      log.topologyChanged(before, state.topology());
    } finally {
      System.setErr(standardError);
    }
    return written.toString(StandardCharsets.UTF_8);
  }

  private void answersAsWriter(Endpoint endpoint) {
    ServerStatus status =
        new ServerStatus(false, 7, 1, null, null, false, null, Instant.EPOCH, 180000);
    state.observe(endpoint, new Observation.Answered(1, status, true));
  }

  private void list(Endpoint holder) {
    EndpointListing listing =
        new EndpointListing(
            List.of(ListedEndpoint.of(A), ListedEndpoint.of(B)),
            new WriterLease(holder, Duration.ofHours(1)));
    state.list(listing, System.nanoTime(), "listed");
  }

  @Test
  void serverThatAnswersBeforeTheList_isNoNews_ifTheListNamesItAsTheWriter() {
    assertThat(said(() -> answersAsWriter(A))).isEmpty();
    assertThat(said(() -> list(A))).isEmpty();
  }

  @Test
  void serverThatAnswersBeforeTheList_isTold_onceTheListNamesAnotherOne() {
    assertThat(said(() -> answersAsWriter(A))).isEmpty();
    assertThat(said(() -> list(B))).contains("WARN", "a:5432 is not used");
    assertThat(said(() -> list(B))).isEmpty();
  }
}

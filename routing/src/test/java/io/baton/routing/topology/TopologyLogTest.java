package io.baton.routing.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What is said of a cluster; the logger of the tests writes to the standard error stream. */
class TopologyLogTest {

  private static final Endpoint A = new Endpoint("a", 5432);
  private static final Endpoint B = new Endpoint("b", 5432);

  private final AtomicLong now = new AtomicLong();
  private final DownEndpoints down = new DownEndpoints(now::get);
  private final TopologyState state = unprobed();

  private static TopologyState unprobed() {
    return new TopologyState(
        ClusterSettings.of(List.of(A, B)),
        new Topology.Listing(true, "nothing was listed yet"),
        true,
        Environment.system(),
        new KnownWriters(),
        () -> 1);
  }

  private final TopologyLog log = new TopologyLog(down);

  private String said(Runnable change) {
    return said(state, change);
  }

  private String said(TopologyState state, Runnable change) {
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

  private String saidOfSilence(TopologyState state, long sequence) {
    SQLException nobody = new SQLException("refused", "08001", new ConnectException());
    return said(state, () -> state.observe(A, new Observation.Unreachable(sequence, nobody)));
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

  /** A pool that opens the cluster anew for each attempt fills no log. */
  @Test
  void serverThatIsDown_isToldOnce_thoughTheClusterIsOpenedAnew() {
    assertThat(saidOfSilence(unprobed(), 1)).contains("WARN", "a:5432 is down");
    assertThat(saidOfSilence(unprobed(), 1)).isEmpty();
    now.addAndGet(DownEndpoints.MEMORY.toNanos());
    assertThat(saidOfSilence(unprobed(), 1)).contains("WARN", "a:5432 is down");
  }

  @Test
  void serverThatIsDownAgain_isToldAgain() {
    assertThat(saidOfSilence(unprobed(), 1)).contains("a:5432 is down");
    said(() -> answersAsWriter(A));
    assertThat(saidOfSilence(unprobed(), 1)).contains("a:5432 is down");
  }
}

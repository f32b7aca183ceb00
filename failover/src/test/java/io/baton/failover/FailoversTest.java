package io.baton.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.routing.topology.Endpoint;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When a failover begins and is over, on stepped time. */
class FailoversTest {

  private static final Endpoint A = new Endpoint("a", 5432);
  private static final Endpoint B = new Endpoint("b", 5432);
  private static final Duration OLD = Duration.ofMinutes(5);

  private final PrintStream standardError = System.err;
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private long now = 42;
  private boolean hasWriter = true;
  private final Failovers failovers =
      new Failovers(() -> now, () -> hasWriter, endpoint -> 7, ending -> {});

  FailoversTest() {
    System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void standardError() {
    System.setErr(standardError);
  }

  private List<String> warnings() {
    return written
        .toString(StandardCharsets.UTF_8)
        .lines()
        .filter(l -> l.contains("WARN"))
        .toList();
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  private Failovers.Recovering lost(long session, Endpoint from, Duration age) {
    Failovers.Recovering recovering = failovers.recovering(session);
    recovering.lost(
        from,
        age,
        new SQLException(
            "The connection attempt failed.", "08001", new java.net.ConnectException("refused")));
    return recovering;
  }

  private void moves(long session, Endpoint from, Duration age, Endpoint to) {
    try (Failovers.Recovering recovering = lost(session, from, age)) {
      pass(Duration.ofMillis(30));
      recovering.moved(to);
    }
  }

  private boolean isOverAfter(Duration time) {
    pass(time);
    return failovers.endIfOver();
  }

  @Test
  void manySessions_areOneFailover_overWhenAllHaveMovedAndNoneComes() {
    Failovers.Recovering slow = lost(1, A, OLD);
    moves(2, A, OLD, B);
    assertThat(isOverAfter(Duration.ofSeconds(20))).as("one is under way").isFalse();
    slow.moved(B);
    slow.ended(FailoverEnd.TRANSACTION_REPLAYED);
    slow.close();
    assertThat(isOverAfter(Duration.ofMillis(900))).as("others may come").isFalse();
    moves(3, A, OLD, B);
    assertThat(isOverAfter(Duration.ofMillis(900))).isFalse();
    assertThat(isOverAfter(Duration.ofMillis(100))).isTrue();

    assertThat(warnings()).hasSize(2);
    assertThat(warnings().get(0))
        .contains("begins: session 1 lost")
        .contains("failed: ConnectException: refused");
    assertThat(warnings().get(1))
        .contains("after 20960 ms: sessions moved 3 (to b:5432), transactions replayed 1")
        .contains("idle, to move when they are used 7;")
        .contains("longest pause 20030 ms");
    assertThat(failovers.count()).isEqualTo(1);
    assertThat(failovers.totals().moves()).isEqualTo(3);
  }

  @Test
  void sessionOfAPool_thatNoticesMinutesLater_beginsNoFailover() {
    moves(1, A, OLD, B);
    assertThat(isOverAfter(Duration.ofSeconds(1))).isTrue();
    pass(Duration.ofMinutes(20));
    moves(2, A, OLD.plusMinutes(20), B);

    assertThat(failovers.count()).isEqualTo(1);
    assertThat(failovers.totals().moves()).as("it is counted").isEqualTo(2);
    assertThat(warnings()).hasSize(2);
  }

  @Test
  void connectionOpenedSince_thatIsLost_beginsAnother() {
    moves(1, A, OLD, B);
    assertThat(isOverAfter(Duration.ofSeconds(1))).isTrue();
    pass(Duration.ofSeconds(5));
    moves(1, A, Duration.ofSeconds(3), B);

    assertThat(failovers.count()).isEqualTo(2);
  }

  @Test
  void serverThatStayed_isLostAnew_afterAMinute() {
    moves(1, A, OLD, A);
    assertThat(isOverAfter(Duration.ofSeconds(1))).isTrue();
    pass(Duration.ofSeconds(50));
    moves(2, A, OLD, A);
    assertThat(failovers.count()).isEqualTo(1);
    pass(Duration.ofSeconds(20));
    moves(3, A, OLD, A);
    assertThat(failovers.count()).isEqualTo(2);
  }

  @Test
  void sessionsWithoutAServer_keepItOpenUntilThereIsAWriter() {
    hasWriter = false;
    try (Failovers.Recovering recovering = lost(1, A, OLD)) {
      pass(Duration.ofMinutes(1));
      recovering.ended(FailoverEnd.NO_SERVER);
    }
    assertThat(isOverAfter(Duration.ofMinutes(1))).isFalse();
    hasWriter = true;
    assertThat(failovers.endIfOver()).isTrue();
    assertThat(warnings().get(1)).contains("without a server (08001) 1");
  }

  @Test
  void closedCluster_tellsWhatIsUnderWay() {
    lost(1, A, OLD);
    failovers.close();
    assertThat(warnings()).hasSize(2);
    assertThat(warnings().get(1)).contains("sessions moved 0");
    assertThat(failovers.endIfOver()).isTrue();
  }

  @Test
  void recovery_thatLeavesNoServer_isNoFailover() {
    try (Failovers.Recovering conflict = failovers.recovering(1)) {
      conflict.ended(FailoverEnd.TRANSACTION_LOST);
    }
    assertThat(failovers.count()).isZero();
    assertThat(failovers.totals()).isEqualTo(FailoverTotals.NONE);
  }
}

package io.baton.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.examples.demo.ApplicationError.Step;
import io.baton.examples.demo.Timeline.Event;
import io.baton.examples.demo.Timeline.Kind;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ImpactTest {
  private static final Event CRASH =
      new Event(Kind.CRASH, "crash 1", 1000, 1300, 1400, "node1", "node0 killed");
  private static final Event REBUILD =
      new Event(Kind.REBUILD, "rebuild 1", 2000, 2000, 2500, "node1", "node0 again");

  private final Ledger ledger = new Ledger();
  private long number;

  @Test
  void impact_operationUnderWayAtTheEvent_isItsPause() {
    operation(900, 1350);

    assertThat(crash().longestPauseNanos()).isEqualTo(450);
    assertThat(crash().afterWritableNanos()).isEqualTo(50);
  }

  @Test
  void impact_operationSettledBeforeTheEvent_doesNotCount() {
    operation(100, 999);

    assertThat(crash().longestPauseNanos()).isZero();
  }

  @Test
  void impact_operationBegunAfterTheFirstWrite_countsAsPauseAndNotAsLate() {
    operation(1301, 1700);

    assertThat(crash().longestPauseNanos()).isEqualTo(399);
    assertThat(crash().afterWritableNanos()).isZero();
  }

  @Test
  void impact_operationUnderWayAtTwoEvents_countsForTheFirst() {
    operation(900, 2100);

    assertThat(crash().longestPauseNanos()).isEqualTo(1200);
    assertThat(rebuild().longestPauseNanos()).isZero();
  }

  @Test
  void impact_operationBegunAfterOneEventAndUnderWayAtTheNext_countsForTheNext() {
    operation(1900, 2100);

    assertThat(crash().longestPauseNanos()).isZero();
    assertThat(rebuild().longestPauseNanos()).isEqualTo(200);
  }

  @Test
  void impact_operationNeverSettled_isAPauseUpToTheEnd() {
    ledger.begun(new Transfer(number++, 0, 1, 2, 3), 900);

    assertThat(crash().longestPauseNanos()).isEqualTo(2100);
    assertThat(ledger.snapshot(3000).longestPauseNanos()).isEqualTo(2100);
  }

  @Test
  void impact_errors_countForTheEventBeforeThem() {
    error(1100, "08006", Step.WORKING);
    error(1101, "08006", Step.COMMITTING);
    error(1999, "40001", Step.COMMITTING);
    error(2000, "57P01", Step.WORKING);

    assertThat(crash().errors()).isEqualTo(Map.of("08006", 2L, "40001", 1L));
    assertThat(crash().commitsInDoubt()).isOne();
    assertThat(crash().errorsText()).isEqualTo("3 (08006: 2, 40001: 1)");
    assertThat(rebuild().errors()).isEqualTo(Map.of("57P01", 1L));
  }

  private Impact crash() {
    return impacts().get(0);
  }

  private Impact rebuild() {
    return impacts().get(1);
  }

  private List<Impact> impacts() {
    return Impact.of(List.of(CRASH, REBUILD), ledger.snapshot(3000));
  }

  private void operation(long beganNanos, long endedNanos) {
    ledger.acknowledged(new Transfer(number++, 0, 1, 2, 3), beganNanos, endedNanos);
  }

  private void error(long atNanos, String sqlState, Step step) {
    ledger.failed(new ApplicationError(0, atNanos, sqlState, step, ""));
  }
}

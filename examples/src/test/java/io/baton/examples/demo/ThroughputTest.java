package io.baton.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.examples.demo.Ledger.Wait;
import java.util.List;
import org.junit.jupiter.api.Test;

class ThroughputTest {
  private static final long SLICE = 100_000_000;

  @Test
  void throughput_operations_countInTheSliceTheyEndedIn() {
    Throughput throughput =
        Throughput.of(
            List.of(endedAt(0), endedAt(SLICE - 1), endedAt(2 * SLICE)), 3 * SLICE, SLICE);

    assertThat(throughput.perSecond()).containsExactly(20.0, 0.0, 10.0);
    assertThat(throughput.highest()).isEqualTo(20);
  }

  @Test
  void throughput_operationsSettledAfterTheEnd_doNotCount() {
    assertThat(Throughput.of(List.of(endedAt(SLICE)), SLICE, SLICE).perSecond())
        .containsExactly(0.0);
  }

  private static Wait endedAt(long nanos) {
    return new Wait(1, 0, 0, nanos);
  }
}

package io.baton.benchmarks.overhead;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EstimateTest {
  @Test
  void median_ofRoundsWithOutliers_isNotMovedByThem() {
    Estimate estimate = Estimate.of(List.of(new double[] {1.0, 1.1, 9.0}, new double[] {1.2, 0.1}));

    assertThat(estimate.median()).isEqualTo(1.1);
    assertThat(estimate.rounds()).isEqualTo(5);
  }

  @Test
  void interval_whereJvmsAgree_isNarrowAndHoldsTheTruth() {
    Estimate estimate = Estimate.of(forks(new double[] {1.05, 1.05, 1.05, 1.05}));

    assertThat(estimate.low()).isLessThanOrEqualTo(1.05);
    assertThat(estimate.high()).isGreaterThanOrEqualTo(1.05);
    assertThat(estimate.high() - estimate.low()).isLessThan(0.01);
  }

  @Test
  void interval_whereJvmsDisagree_isAsWideAsTheirDisagreement() {
    Estimate estimate = Estimate.of(forks(new double[] {1.0, 1.02, 1.1, 1.12}));

    assertThat(estimate.high() - estimate.low()).isGreaterThan(0.05);
  }

  private static List<double[]> forks(double[] centres) {
    Random random = new Random(1);
    return IntStream.range(0, centres.length)
        .mapToObj(
            fork ->
                IntStream.range(0, 150)
                    .mapToDouble(round -> centres[fork] + random.nextGaussian() * 0.01)
                    .toArray())
        .toList();
  }
}

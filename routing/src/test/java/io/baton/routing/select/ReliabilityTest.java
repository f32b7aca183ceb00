package io.baton.routing.select;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.baton.routing.topology.Endpoint;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ReliabilityTest {

  private static final Endpoint ENDPOINT = new Endpoint("h", 1);

  private final AtomicLong clock = new AtomicLong();

  private Reliability of(double... peers) {
    return Reliability.ofNewcomer(ENDPOINT, peers, clock::get);
  }

  private static SQLException full() {
    return new SQLException("too many clients", "53300");
  }

  @Test
  void newcomer_isSlightlyWorseThanTheMedianOfItsPeers() {
    assertThat(of().score()).isEqualTo(1);
    assertThat(of(0.2, 1, 0.8).score()).isEqualTo(0.76, within(0.001));
  }

  @Test
  void score_sinksWithWhatFails_andRisesWithWhatIsOpened() {
    Reliability reliability = of();
    reliability.lost();
    reliability.lost();
    double low = reliability.score();
    assertThat(low).isLessThan(0.5);

    for (int i = 0; i < 30; i++) {
      reliability.opened();
    }
    assertThat(reliability.score()).isGreaterThan(0.95).isLessThan(1);

    for (int i = 0; i < 100; i++) {
      reliability.lost();
    }
    assertThat(reliability.score()).isPositive();
  }

  @Test
  void connections_thatFailInARow_keepSessionsAwayForATime() {
    Reliability reliability = of();
    for (int i = 0; i < 3; i++) {
      assertThat(reliability.admits()).isTrue();
      assertThat(reliability.isTrusted()).isTrue();
      reliability.refused(full());
    }

    assertThat(reliability.admits()).isFalse();
    assertThat(reliability.isTrusted()).isFalse();
    clock.addAndGet(Duration.ofMillis(Reliability.WAIT_MILLIS).toNanos());
    assertThat(reliability.isTrusted()).isTrue();
  }

  @Test
  void connections_ofWhichFewFail_keepNobodyAway() {
    Reliability reliability = of();
    for (int i = 0; i < 50; i++) {
      assertThat(reliability.admits()).isTrue();
      if (i % 3 == 2) {
        reliability.refused(full());
      } else {
        reliability.opened();
      }
    }
  }

  @Test
  void cost_ofAnEndpointThatFails_isHigher() {
    EndpointLoad good = new EndpointLoad(of(), clock::get);
    EndpointLoad failing = new EndpointLoad(of(), clock::get);
    failing.reliability().lost();

    assertThat(failing.cost()).isGreaterThan(good.cost());
  }
}

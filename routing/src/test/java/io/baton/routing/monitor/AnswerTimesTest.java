package io.baton.routing.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How long a server may take to answer. */
class AnswerTimesTest {

  private static AnswerTimes times(long heartbeatMillis) {
    return new AnswerTimes(Duration.ofMillis(heartbeatMillis));
  }

  private static void answered(AnswerTimes times, long millis) {
    times.answered(Duration.ofMillis(millis).toNanos());
  }

  @ParameterizedTest
  @CsvSource({"0, 1000", "10, 100", "100, 100", "200, 200", "999, 999", "1000, 1000", "5000, 5000"})
  void limit_followsTheHeartbeat_downToATenthOfASecond(long heartbeat, long limit) {
    assertThat(times(heartbeat).limit()).hasMillis(limit);
  }

  @Test
  void limit_ofAServerThatIsSlow_isLonger_butNoLongerThanWithoutAWish() {
    AnswerTimes times = times(200);

    answered(times, 100);
    assertThat(times.limit()).hasMillis(400);

    answered(times, 900);
    assertThat(times.limit()).isEqualTo(AnswerTimes.USUAL);
  }

  @Test
  void slowAnswer_isForgotten_overSomeTensOfFasterOnes() {
    AnswerTimes times = times(200);
    answered(times, 240);

    for (int i = 0; i < 30; i++) {
      answered(times, 1);
    }

    assertThat(times.limit()).hasMillis(200);
  }

  @Test
  void firstAnswer_onAConnection_hasTheUsualTime_soThatASlowServerIsLearntOf() {
    assertThat(times(100).firstLimit()).isEqualTo(AnswerTimes.USUAL);
    assertThat(times(3000).firstLimit()).hasMillis(3000);
  }
}

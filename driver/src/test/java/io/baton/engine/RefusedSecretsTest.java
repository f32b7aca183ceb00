package io.baton.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How often sessions log in with a password that was refused, on stepped time. */
class RefusedSecretsTest {

  private final SQLException refusal = new SQLException("password authentication failed", "28P01");
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1);
  private final RefusedSecrets secrets = new RefusedSecrets(now::get);

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  private boolean isTurn(@Nullable Object secret) {
    try {
      secrets.enter("credentials", secret);
      return true;
    } catch (SQLException notYet) {
      assertThat(notYet.getSQLState()).isEqualTo("28P01");
      assertThat(notYet.getCause()).isSameAs(refusal);
      return false;
    }
  }

  private int loginsWithin(Duration time, @Nullable Object secret) {
    int logins = 0;
    Duration step = Duration.ofMillis(10);
    for (Duration passed = Duration.ZERO; passed.compareTo(time) < 0; passed = passed.plus(step)) {
      if (isTurn(secret)) {
        logins++;
        secrets.refused("credentials", secret, refusal);
      }
      pass(step);
    }
    return logins;
  }

  @Test
  void withoutARefusal_everybodyLogsIn() {
    for (int i = 0; i < 100; i++) {
      assertThat(isTurn("a")).isTrue();
    }
  }

  @Test
  void samePassword_isTriedAfterPausesThatGrow() {
    secrets.refused("credentials", "a", refusal);
    assertThat(loginsWithin(Duration.ofSeconds(4), "a")).isEqualTo(2);
    assertThat(loginsWithin(Duration.ofSeconds(60), "a")).isBetween(7, 9);
  }

  @Test
  void passwordThatIsNotSeen_isTriedEverySecondOrTwo() {
    secrets.refused("credentials", null, refusal);
    assertThat(loginsWithin(Duration.ofSeconds(60), null)).isBetween(29, 31);
  }

  @Test
  void anotherPassword_isTriedAtOnce_byOneSession() {
    secrets.refused("credentials", "a", refusal);
    pass(RefusedSecrets.LEAST);
    assertThat(isTurn("a")).isFalse();
    assertThat(isTurn("b")).isTrue();
    assertThat(isTurn("b")).as("before it is known whether it works").isFalse();
    secrets.accepted("credentials");
    assertThat(isTurn("b")).isTrue();
    assertThat(isTurn("b")).isTrue();
  }

  @Test
  void tokensThatAreNewEachTime_areTriedAFewTimesASecond() {
    secrets.refused("credentials", "a", refusal);
    int logins = 0;
    for (int i = 0; i < 1000; i++) {
      if (isTurn(i)) {
        logins++;
        secrets.refused("credentials", i, refusal);
      }
      pass(Duration.ofMillis(10));
    }
    assertThat(logins).isBetween(38, 40);
  }

  @Test
  void otherCredentials_areNotHeldUp() throws SQLException {
    secrets.refused("credentials", "a", refusal);
    secrets.enter("others", "a");
    assertThat(isTurn("a")).isFalse();
  }
}

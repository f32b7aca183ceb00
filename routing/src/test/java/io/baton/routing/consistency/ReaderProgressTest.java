package io.baton.routing.consistency;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ReaderProgressTest {

  private static final Duration WAIT = Duration.ofMillis(50);

  private long now = 12345;
  private final ReaderProgress progress = new ReaderProgress(() -> now);

  private static TimelinePosition at(long position) {
    return new TimelinePosition(1, new Lsn(position));
  }

  private void pass(long millis) {
    now += TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private void look(long found, long wanted) {
    progress.looked(new ReaderPosition(at(found), false), at(wanted));
  }

  private boolean mayCatchUp(long wanted) {
    return progress.mayCatchUp(at(wanted), WAIT);
  }

  /** A read that waits as long as it may. */
  private void missAt(long found, long wanted) {
    look(found, wanted);
    for (int i = 0; i < 10 && mayCatchUp(wanted); i++) {
      pass(10);
      look(found, wanted);
    }
  }

  @Test
  void reader_thatNothingIsKnownOf_isWaitedFor() {
    assertThat(mayCatchUp(10)).isTrue();
    look(5, 10);
    assertThat(mayCatchUp(10)).isTrue();
  }

  @Test
  void reader_thatIsPaused_isNotWaitedFor_norAskedAgainForAMoment() {
    progress.looked(new ReaderPosition(at(5), true), at(10));

    assertThat(mayCatchUp(10)).isFalse();
    assertThat(progress.isKnownShort(at(10))).isTrue();
    assertThat(progress.isKnownShort(at(5))).isFalse();
    pass(ReaderProgress.REST_MILLIS);
    assertThat(progress.isKnownShort(at(10))).isFalse();
    look(5, 10);
    assertThat(progress.isKnownShort(at(10))).isFalse();
  }

  @Test
  void reader_onAnotherTimeline_isNotWaitedFor_norAskedAgainForAMoment() {
    TimelinePosition ofSuccessor = new TimelinePosition(2, new Lsn(3));
    progress.looked(new ReaderPosition(at(5), false), ofSuccessor);

    assertThat(progress.mayCatchUp(ofSuccessor, WAIT)).isFalse();
    assertThat(progress.isKnownShort(ofSuccessor)).isTrue();
    assertThat(progress.isKnownShort(at(5))).isFalse();
  }

  @Test
  void lag_thatWasWaitedForInVain_isNotWaitedForAgain() {
    missAt(5, 10);
    assertThat(now).isEqualTo(12345 + WAIT.toNanos());

    pass(1000);
    look(6, 11);
    assertThat(mayCatchUp(11)).as("further on, and not where it was missed").isFalse();
    pass(60_000);
    look(9, 12);
    assertThat(mayCatchUp(12)).as("still not there after a minute").isFalse();
  }

  @Test
  void lag_thatIsLongerThanTheWait_isLearntOnce() {
    missAt(100, 400);
    long waits = 0;
    // A reader 300 ms late, written to and read from every 10 ms.
    for (int time = 0; time < 9000; time += 10) {
      pass(10);
      look(time + 100, time + 400);
      waits += mayCatchUp(time + 400) ? 1 : 0;
    }
    assertThat(waits).isZero();
  }

  @Test
  void reader_thatKeepsUpAgain_isWaitedForAgain() {
    missAt(5, 10);
    pass(300);
    look(10, 20);
    assertThat(mayCatchUp(20)).as("nothing shows yet that the lag is less").isFalse();
    pass(20);
    look(20, 30);
    assertThat(mayCatchUp(30)).isTrue();
  }

  @Test
  void lag_thatIsLookedAtRarely_isForgottenOnceItIsMadeUp() {
    missAt(5, 10);
    int waits = 0;
    for (long second = 1; second <= 25; second++) {
      pass(1000);
      look(10 * second, 10 * second + 5);
      waits += mayCatchUp(10 * second + 5) ? 1 : 0;
      missAt(10 * second, 10 * second + 5);
    }
    assertThat(waits).isBetween(1, 2);
  }

  @Test
  void longerWait_mayBringWhatAShorterOneDoesNot() {
    missAt(5, 10);

    assertThat(progress.mayCatchUp(at(10), Duration.ofSeconds(1))).isTrue();
    assertThat(progress.mayCatchUp(at(10), Duration.ZERO)).isFalse();
  }
}

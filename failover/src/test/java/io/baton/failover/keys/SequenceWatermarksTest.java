package io.baton.failover.keys;

import static io.baton.failover.outcome.Instances.server;
import static org.assertj.core.api.Assertions.assertThat;

import io.baton.failover.outcome.ServerInstance;
import io.baton.routing.consistency.Lsn;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a sequence watermark vouches for, and what it does not. */
class SequenceWatermarksTest {

  private static final long SEQUENCE = 4711;
  private static final ServerInstance THEN = server(3, "100", "0/2000", "0/2000");

  private final SequenceWatermarks watermarks = new SequenceWatermarks();

  private void watermark(ServerInstance server, long ceiling, String at) {
    watermarks.add(SEQUENCE, new SequenceWatermark(server, ceiling - 33, ceiling, Lsn.parse(at)));
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // value, timeline, started, replayed, received, is vouched for
        // The same run: whatever was drawn there.
        "33, 3, 100, 0/2000, 0/2000, true",
        "99, 3, 100, 0/2000, 0/2000, true",
        // Promoted, one timeline on.
        "33, 4, 50,  0/5000, 0/5000, true",
        "34, 4, 50,  0/5000, 0/5000, false",
        "34, 4, 50,  0/6000, 0/6000, true",
        "67, 4, 50,  0/6000, 0/6000, false",
        "33, 4, 50,  0/4FFF, 0/4FFF, false",
        // One crash recovery, with a new postmaster and with the old one.
        "33, 3, 200, 0/5000, -,      true",
        "33, 3, 100, 0/5000, -,      true",
        "33, 3, 200, 0/4FFF, -,      false",
        // A clean restart, two timelines, a restart after a promotion.
        "33, 3, 200, -,      -,      false",
        "33, 5, 50,  0/6000, 0/6000, false",
        "33, 4, 200, 0/6000, -,      false",
      })
  void mark_vouchesForValuesUpToItsCeiling_whereItsPositionIsPartOfTheHistory(
      long value,
      int timeline,
      String started,
      @Nullable String replayed,
      @Nullable String received,
      boolean vouched) {
    watermark(THEN, 33, "0/5000");
    watermark(THEN, 66, "0/6000");

    assertThat(
            watermarks.vouchFor(
                SEQUENCE, value, THEN, server(timeline, started, replayed, received)))
        .isEqualTo(vouched);
  }

  @Test
  void valueThatWasDrawnEarlier_isVouchedForFromTheEarlierPositionOn() {
    watermarks.add(
        SEQUENCE, new SequenceWatermark(THEN, 0, 33, Lsn.parse("0/6000"), 5, Lsn.parse("0/5000")));
    ServerInstance promoted = server(4, "50", "0/5000", "0/5000");

    assertThat(watermarks.vouchFor(SEQUENCE, 5, THEN, promoted)).isTrue();
    assertThat(watermarks.vouchFor(SEQUENCE, 6, THEN, promoted)).isFalse();
    assertThat(watermarks.vouchFor(SEQUENCE, 5, THEN, server(4, "50", "0/4FFF", "0/4FFF")))
        .isFalse();
    assertThat(watermarks.vouchFor(SEQUENCE, 6, THEN, server(4, "50", "0/6000", "0/6000")))
        .isTrue();
  }

  @Test
  void markOfAnotherRun_vouchesForNothing() {
    ServerInstance next = server(4, "50", "0/4000", "0/4000");
    watermark(next, 66, "0/5000");

    assertThat(watermarks.vouchFor(SEQUENCE, 33, THEN, next)).isFalse();
    assertThat(watermarks.vouchFor(SEQUENCE, 33, null, next)).isFalse();
  }

  @Test
  void sequenceThatWasSetBack_isVouchedForOnlyByWhatWasNotedSince() {
    ServerInstance promoted = server(4, "50", "0/9000", "0/9000");
    watermark(THEN, 66, "0/5000");
    watermark(THEN, 33, "0/4000"); // Of a session that was slow to say so: nothing new.
    assertThat(watermarks.vouchFor(SEQUENCE, 66, THEN, promoted)).isTrue();

    watermark(THEN, 40, "0/6000");

    assertThat(watermarks.vouchFor(SEQUENCE, 66, THEN, promoted)).isFalse();
    assertThat(watermarks.vouchFor(SEQUENCE, 40, THEN, promoted)).isTrue();
  }

  @Test
  void valueBelowTheStep_isNotVouchedFor() {
    ServerInstance promoted = server(4, "50", "0/9000", "0/9000");
    watermark(THEN, 66, "0/5000");

    assertThat(watermarks.vouchFor(SEQUENCE, 34, THEN, promoted)).isTrue();
    assertThat(watermarks.vouchFor(SEQUENCE, 33, THEN, promoted)).isFalse();
  }

  @Test
  void marksAreBounded_andTheNewestAreKept() {
    ServerInstance promoted = server(4, "50", "0/FFFFFF", "0/FFFFFF");
    for (int step = 1; step <= 1000; step++) {
      watermark(THEN, 33L * step, "0/" + Integer.toHexString(0x5000 + step));
    }

    assertThat(watermarks.vouchFor(SEQUENCE, 33_000, THEN, promoted)).isTrue();
    assertThat(watermarks.vouchFor(SEQUENCE, 33_000, THEN, server(4, "50", "0/5300", "0/5300")))
        .isFalse();
  }

  @Test
  void spareValue_isGivenOnce() {
    watermarks.spare(SEQUENCE, THEN.run(), 7);

    assertThat(watermarks.take(SEQUENCE, server(4, "50", "0/1", null).run(), 7)).isFalse();
    assertThat(watermarks.take(SEQUENCE, THEN.run(), 7)).isTrue();
    assertThat(watermarks.take(SEQUENCE, THEN.run(), 7)).isFalse();
  }
}

package io.baton.failover.outcome;

import static io.baton.failover.outcome.Instances.server;
import static org.assertj.core.api.Assertions.assertThat;

import io.baton.failover.outcome.CommitInquiry.History;
import io.baton.failover.outcome.Resolution.Ending;
import io.baton.routing.consistency.Lsn;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Every case of the argument in {@link CommitInquiry}. */
class CommitInquiryTest {

  private static final String MARKER_POSITION = "0/5000";
  private static final ServerInstance THEN = server(3, "100", "0/2000", "0/2000");
  private static final CommitMarker NOTED =
      new CommitMarker(THEN, "789", Lsn.parse(MARKER_POSITION));

  @ParameterizedTest
  @CsvSource({
    // started, address, state, ending
    "a 100 50, 10.0.0.1, COMMITTED,     COMMITTED",
    "a 100 50, 10.0.0.1, ABORTED,       NOT_COMMITTED",
    "a 100 50, 10.0.0.1, IN_THE_FUTURE, UNKNOWN",
    "a 100 50, 10.0.0.1, FORGOTTEN,     UNKNOWN",
    // Restarted in place, and recovered by a postmaster that stayed.
    "a 200 60, 10.0.0.1, COMMITTED,     UNKNOWN",
    "a 100 60, 10.0.0.1, COMMITTED,     UNKNOWN",
    "a 200 60, 10.0.0.1, ABORTED,       NOT_COMMITTED",
    "a 100 60, 10.0.0.1, IN_THE_FUTURE, NOT_COMMITTED",
    "a 200 60, 10.0.0.1, IN_PROGRESS,   NOT_COMMITTED",
    "a 200 60, 10.0.0.1, FORGOTTEN,     UNKNOWN",
    // Another instance, one that has taken over the name, and one that has the address.
    "b 100 50, 10.0.0.2, ABORTED,       UNKNOWN",
    "a 200 60, 10.0.0.2, IN_THE_FUTURE, UNKNOWN",
    "b 200 60, 10.0.0.1, ABORTED,       UNKNOWN",
    "b 200 60, 10.0.0.1, COMMITTED,     UNKNOWN",
  })
  void judgementOfAnInstanceOfAurora(
      String started, String address, TransactionState state, Ending ending) {
    CommitMarker noted = new CommitMarker(Instances.aurora("a 100 50", "10.0.0.1"), "789", null);

    assertThat(CommitInquiry.judge(noted, Instances.aurora(started, address), state).ending())
        .isEqualTo(ending);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // timeline, started, replayed, received, state, ending
        // The same run of the same server: its word is final.
        "3, 100, 0/2000, 0/2000, COMMITTED,     COMMITTED",
        "3, 100, 0/2000, 0/2000, ABORTED,       NOT_COMMITTED",
        "3, 100, 0/2000, 0/2000, IN_THE_FUTURE, NOT_COMMITTED",
        "3, 100, 0/2000, 0/2000, FORGOTTEN,     UNKNOWN",
        // Promoted, one timeline on.
        "4, 50,  0/5000, 0/5000, COMMITTED,     COMMITTED",
        "4, 50,  0/6000, 0/6000, COMMITTED,     COMMITTED",
        "4, 50,  0/6000, 0/6000, ABORTED,       NOT_COMMITTED",
        "4, 50,  0/6000, 0/6000, IN_PROGRESS,   NOT_COMMITTED",
        // Promoted without the transaction; its id is used again.
        "4, 50,  0/4FFF, 0/4FFF, COMMITTED,     NOT_COMMITTED",
        "4, 50,  0/4FFF, 0/4FFF, IN_THE_FUTURE, NOT_COMMITTED",
        // One crash recovery on the same timeline, with a new postmaster and with the old one.
        "3, 200, 0/6000, -,      COMMITTED,     COMMITTED",
        "3, 100, 0/6000, -,      COMMITTED,     COMMITTED",
        "3, 200, 0/4000, -,      COMMITTED,     NOT_COMMITTED",
        "3, 200, 0/6000, -,      ABORTED,       NOT_COMMITTED",
        // A clean restart forgets where an earlier recovery ended.
        "3, 200, -,      -,      COMMITTED,     UNKNOWN",
        "3, 200, -,      -,      ABORTED,       NOT_COMMITTED",
        // More than one timeline.
        "5, 50,  0/6000, 0/6000, COMMITTED,     UNKNOWN",
        "5, 50,  0/4000, 0/4000, COMMITTED,     NOT_COMMITTED",
        // A restart after a promotion.
        "4, 200, 0/6000, -,      COMMITTED,     UNKNOWN",
        "4, 200, -,      -,      COMMITTED,     UNKNOWN",
      })
  void judgement(
      int timeline,
      String started,
      @Nullable String replayed,
      @Nullable String received,
      TransactionState state,
      Ending ending) {
    ServerInstance now = server(timeline, started, replayed, received);

    Resolution resolution = CommitInquiry.judge(NOTED, now, state, History.ONE);

    assertThat(resolution.ending()).as(resolution.evidence()).isEqualTo(ending);
    assertThat(resolution.evidence()).isNotBlank();
  }

  /** Nothing of the log was lost: the id was given out once. */
  @ParameterizedTest
  @EnumSource
  void cleanRestart_ofAHistoryWithoutABreak(TransactionState state) {
    ServerInstance now = server(3, "200", null, null);

    assertThat(CommitInquiry.judge(NOTED, now, state, History.UNBROKEN).ending())
        .isEqualTo(
            switch (state) {
              case COMMITTED -> Ending.COMMITTED;
              case FORGOTTEN -> Ending.UNKNOWN;
              case ABORTED, IN_PROGRESS, IN_THE_FUTURE -> Ending.NOT_COMMITTED;
            });
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // timeline, started, replayed; whether it may be the server of before, stopped and started
        "3, 200, -,      true",
        "3, 100, -,      false",
        "3, 200, 0/6000, false",
        "4, 200, -,      false",
      })
  void restart_isToldBySameTimelineAndAnotherPostmasterWithoutARecovery(
      int timeline, String started, @Nullable String replayed, boolean expected) {
    assertThat(server(timeline, started, replayed, null).isRestartOf(THEN)).isEqualTo(expected);
    assertThat(elsewhere(server(timeline, started, replayed, null)).isRestartOf(THEN)).isFalse();
  }

  /** The backend was started at 101. */
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // statistics since, started, whether each stop was clean
        "20,         200,       true",
        "100.999999, 101.00001, true",
        "101,        200,       false",
        "150.5,      200,       false",
        "250,        200,       false",
        "-,          200,       false",
        // The clock was set back.
        "20,         90,        false",
      })
  void stops_wereCleanIfStatisticsAreOlderThanTheBackend(
      @Nullable String statistics, String started, boolean expected) {
    assertThat(CleanStops.showsNone(THEN, server(3, started, null, null), statistics))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsEverCommitted_whoseMarkTheHistoryDoesNotReach(TransactionState state) {
    for (int hops = 0; hops < 3; hops++) {
      for (String received : new String[] {null, "0/4000"}) {
        ServerInstance now = server(3 + hops, "300", "0/4000", received);
        assertThat(CommitInquiry.judge(NOTED, now, state, History.ONE).ending())
            .isEqualTo(Ending.NOT_COMMITTED);
      }
    }
  }

  @Test
  void positions_areComparedAsUnsignedNumbers() {
    CommitMarker far = new CommitMarker(THEN, "789", Lsn.parse("FFFFFFFF/10"));
    ServerInstance now = server(4, "50", "7FFFFFFF/0", "7FFFFFFF/0");

    assertThat(CommitInquiry.judge(far, now, TransactionState.COMMITTED, History.ONE).ending())
        .isEqualTo(Ending.NOT_COMMITTED);
  }

  /** A restart in place settles it; the same from another address may be a copy, or a rival. */
  @ParameterizedTest
  @EnumSource
  void anotherServerOnTheSameTimeline_neverCommitted(TransactionState state) {
    ServerInstance other = elsewhere(server(3, "200", "0/6000", null));

    assertThat(CommitInquiry.judge(NOTED, other, state, History.ONE).ending())
        .isNotEqualTo(Ending.COMMITTED);
  }

  @Test
  void timelineOfTwoWriters_isNoHistory() {
    ServerInstance promoted = server(4, "50", "0/6000", "0/6000");
    WriterHistories histories = new WriterHistories();
    histories.seen(THEN);
    assertThat(
            CommitInquiry.judge(NOTED, promoted, TransactionState.COMMITTED, History.ONE).ending())
        .isEqualTo(Ending.COMMITTED);
    assertThat(histories.isOne(THEN)).isTrue();

    histories.seen(server(3, "300", null, null)); // restarted in place
    assertThat(histories.isOne(THEN)).isTrue();
    histories.seen(elsewhere(server(3, "200", "0/2100", "0/2100")));
    histories.seen(THEN);

    assertThat(histories.isOne(THEN)).isFalse();
    assertThat(histories.isOne(promoted)).isTrue();
    Resolution resolution =
        CommitInquiry.judge(NOTED, promoted, TransactionState.COMMITTED, History.CONTRADICTED);
    assertThat(resolution.ending()).isEqualTo(Ending.UNKNOWN);
    assertThat(resolution.evidence()).contains("timeline 3");
    assertThat(
            CommitInquiry.judge(NOTED, promoted, TransactionState.ABORTED, History.CONTRADICTED)
                .ending())
        .isEqualTo(Ending.NOT_COMMITTED);
  }

  private static ServerInstance elsewhere(ServerInstance server) {
    return new ServerInstance(
        server.kind(),
        server.systemIdentifier(),
        server.timeline(),
        server.started(),
        "127.0.0.2 5432",
        server.replayed(),
        server.received(),
        server.backend(),
        server.backendStarted(),
        server.startsInRole(),
        server.marking(),
        server.decoding());
  }
}

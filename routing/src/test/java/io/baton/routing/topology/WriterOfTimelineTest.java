package io.baton.routing.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Two servers that write one timeline: a primary, and a copy of it that was started without {@code
 * standby.signal}.
 */
class WriterOfTimelineTest {

  private static final Endpoint A = new Endpoint("a", 5432);
  private static final Endpoint B = new Endpoint("b", 5432);
  private static final Endpoint C = new Endpoint("c", 5432);
  private static final Endpoint NAME = new Endpoint("name", 5432);
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  /** Servers, by when they were started. */
  private static final int PRIMARY = 1000;

  private static final int COPY = 500;

  private static final int RESTARTED = 10;

  private final KnownWriters known = new KnownWriters();
  private final AtomicLong sequence = new AtomicLong();
  private final AtomicLong nanos = new AtomicLong();

  private TopologyState cluster(Endpoint... endpoints) {
    return cluster(ClusterSettings.of(List.of(endpoints)), false);
  }

  private TopologyState cluster(ClusterSettings settings, boolean leaseUnknown) {
    return new TopologyState(
        settings,
        Topology.Listing.OF_THE_URL,
        leaseUnknown,
        new Environment(
            InstantSource.fixed(NOW),
            nanos::get,
            ThreadLocalRandom::current,
            (name, task) -> new Thread(task, name)),
        known,
        sequence::get);
  }

  private void answers(
      TopologyState state, Endpoint endpoint, boolean standby, long timeline, int startedAt) {
    ServerStatus status =
        new ServerStatus(
            standby, 7, timeline, null, null, standby, null, NOW.minusSeconds(startedAt), 180_000);
    state.observe(endpoint, new Observation.Answered(sequence.incrementAndGet(), status, true));
  }

  private void writes(TopologyState state, Endpoint endpoint, int startedAt) {
    answers(state, endpoint, false, 1, startedAt);
  }

  private void follows(TopologyState state, Endpoint endpoint, int startedAt) {
    answers(state, endpoint, true, 1, startedAt);
  }

  private void isGone(TopologyState state, Endpoint endpoint) {
    SQLException failure = new SQLException("refused", "08001");
    state.observe(endpoint, new Observation.ConnectionLost(sequence.incrementAndGet(), failure));
    state.observe(endpoint, new Observation.Unreachable(sequence.incrementAndGet(), failure));
  }

  private void bothWrite(TopologyState state) {
    for (int i = 0; i < 2; i++) {
      writes(state, A, PRIMARY);
      writes(state, B, COPY);
    }
  }

  private static @Nullable Endpoint writer(TopologyState state) {
    return state.topology().writer().map(EndpointState::endpoint).orElse(null);
  }

  private static EndpointState at(TopologyState state, Endpoint endpoint) {
    return state.topology().state(endpoint).orElseThrow();
  }

  // ------------------------------------------------------------ a program that runs

  @Test
  void copy_isNobodysSuccessor_andTheWriterIsTakenBack_whenItIsStartedAgain() {
    TopologyState state = cluster(A, B);
    writes(state, A, PRIMARY);
    isGone(state, B);
    bothWrite(state);
    assertThat(writer(state)).isEqualTo(A);
    assertThat(at(state, B).problem()).contains("whose writer is a:5432");
    assertThat(at(state, B).abortReason()).isNotNull();

    isGone(state, A);
    writes(state, B, COPY);
    assertThat(writer(state)).isNull();
    assertThat(at(state, B).problem())
        .contains("Stop the copy or rebuild it as a standby")
        .contains("start a:5432")
        .contains("baton.topology=patroni");
    writes(state, B, COPY - 1);
    assertThat(writer(state)).as("the copy was restarted").isNull();

    writes(state, A, RESTARTED);
    assertThat(writer(state)).isEqualTo(A);
  }

  @Test
  void copy_thatIsStartedWhileTheWriterIsGone_isNobodysSuccessorEither() {
    TopologyState state = cluster(A, B);
    writes(state, A, PRIMARY);
    follows(state, B, PRIMARY + 1);
    isGone(state, A);
    isGone(state, B);
    writes(state, B, COPY);
    assertThat(writer(state)).isNull();

    answers(state, B, false, 2, COPY);
    assertThat(writer(state)).as("it was promoted").isEqualTo(B);
  }

  @Test
  void copy_isNobodysSuccessor_whileTheWriterIsSilentOrDrained() {
    TopologyState state = cluster(A, C);
    writes(state, A, PRIMARY);
    isGone(state, C);
    writes(state, C, COPY);
    state.observe(
        A,
        new Observation.Silent(
            sequence.incrementAndGet(), new SQLException("no answer", "08006"), true));
    writes(state, C, COPY);
    assertThat(writer(state)).isNull();
    writes(state, A, PRIMARY);
    state.setDraining(A, true);
    assertThat(writer(state)).isEqualTo(A);
    isGone(state, A);
    assertThat(writer(state)).isNull();
  }

  @Test
  void successor_onAHigherTimeline_isTheWriter_andTheCopyIsNot() {
    TopologyState running = cluster(A, B, C);
    writes(running, A, PRIMARY);
    isGone(running, B);
    follows(running, C, 300);
    bothWrite(running);
    isGone(running, A);
    assertThat(writer(running)).isNull();
    answers(running, C, false, 2, 300);
    assertThat(writer(running)).isEqualTo(C);
    answers(running, A, false, 1, RESTARTED);
    assertThat(writer(running)).isEqualTo(C);
    isGone(running, C);
    assertThat(writer(running)).isNull();
    answers(running, C, false, 2, 299);
    assertThat(writer(running)).isEqualTo(C);
  }

  @Test
  void server_thatIsRestartedUnderTwoNames_isTakenBackByTheOneThatAnswersFirst() {
    for (Endpoint first : List.of(A, NAME)) {
      TopologyState state = cluster(NAME, A, B);
      writes(state, NAME, PRIMARY);
      writes(state, A, PRIMARY);
      isGone(state, B);
      writes(state, B, COPY);
      assertThat(writer(state)).isEqualTo(NAME);

      writes(state, first, RESTARTED); // The other monitor has not noticed yet.
      isGone(state, first.equals(A) ? NAME : A);
      assertThat(writer(state)).isEqualTo(first);
      writes(state, NAME, RESTARTED);
      writes(state, A, RESTARTED);
      assertThat(at(state, A).role()).isEqualTo(Role.WRITER);
      assertThat(at(state, NAME).role()).isEqualTo(Role.WRITER);
      isGone(state, A);
      isGone(state, NAME);
      writes(state, B, COPY);
      assertThat(writer(state)).isNull();
    }
  }

  @Test
  void name_thatLeadsToTheCopy_isNotTheWriterThatWasThere() {
    TopologyState state = cluster(NAME, B);
    writes(state, NAME, PRIMARY);
    isGone(state, B);
    for (int i = 0; i < 2; i++) {
      writes(state, B, COPY);
      writes(state, NAME, PRIMARY);
    }
    isGone(state, NAME);
    writes(state, NAME, COPY);
    assertThat(writer(state)).isNull();
    writes(state, NAME, RESTARTED);
    assertThat(writer(state)).isEqualTo(NAME);

    answers(state, NAME, false, 2, 300);
    assertThat(writer(state)).as("a switchover").isEqualTo(NAME);
  }

  @Test
  void name_thatLedElsewhere_isNoNameOfTheWriterAnyMore() {
    TopologyState state = cluster(A, NAME);
    writes(state, A, PRIMARY);
    writes(state, NAME, PRIMARY);
    follows(state, NAME, 300);
    writes(state, A, PRIMARY);
    isGone(state, A);
    isGone(state, NAME);
    writes(state, NAME, COPY);
    assertThat(writer(state)).isNull();
  }

  private static void list(TopologyState state, Endpoint... endpoints) {
    state.list(
        new EndpointListing(Arrays.stream(endpoints).map(ListedEndpoint::of).toList(), null),
        0,
        "listed");
  }

  @Test
  void server_thatComesBackAtAnotherAddress_isTakenBack_onceTheFormerOneIsNotListed() {
    TopologyState state = cluster(A, B);
    list(state, A, B);
    writes(state, A, PRIMARY);
    follows(state, B, 300);
    isGone(state, A);
    list(state, C, B);
    writes(state, C, RESTARTED);
    assertThat(writer(state)).isEqualTo(C);
  }

  @Test
  void copy_isNobodysSuccessor_alsoWhereTheListDropsAWriterThatIsGone() {
    TopologyState state = cluster(A, B);
    list(state, A, B);
    writes(state, A, PRIMARY);
    isGone(state, B);
    bothWrite(state);
    writes(state, A, PRIMARY);
    assertThat(writer(state)).isEqualTo(A);
    isGone(state, A);
    list(state, B);
    assertThat(writer(state)).isNull();
    list(state, B, C);
    writes(state, C, RESTARTED);
    assertThat(writer(state)).isEqualTo(C);
  }

  @Test
  void copy_thatIsListedLater_changesNothing() {
    TopologyState state = cluster(A);
    list(state, A);
    writes(state, A, PRIMARY);
    list(state, A, B);
    writes(state, B, COPY);
    assertThat(writer(state)).isEqualTo(A);
    isGone(state, A);
    assertThat(writer(state)).isNull();
  }

  @Test
  void writer_thatIsMadeAStandby_makesRoom_alsoForAClusterThatIsOpenedLater() {
    TopologyState state = cluster(A, B);
    writes(state, A, PRIMARY);
    follows(state, B, 300);
    isGone(state, B); // All is restored from a backup, with the roles exchanged.
    isGone(state, A);
    writes(state, B, RESTARTED);
    assertThat(writer(state)).isNull();
    TopologyState later = cluster(A, B);
    follows(later, A, RESTARTED + 1);
    writes(later, B, RESTARTED);
    assertThat(writer(later)).isEqualTo(B);
    later.close();

    follows(state, A, RESTARTED + 1);
    assertThat(writer(state)).isEqualTo(B);
    isGone(state, A);
    assertThat(writer(state)).isEqualTo(B);
    TopologyState last = cluster(A, B);
    isGone(last, A);
    writes(last, B, RESTARTED);
    assertThat(writer(last)).isEqualTo(B);
  }

  @Test
  void name_thatLeadsToAStandby_makesNoRoomForACopy() {
    TopologyState state = cluster(NAME, B);
    writes(state, NAME, PRIMARY);
    isGone(state, B);
    writes(state, B, COPY);
    follows(state, NAME, 300); // It was there before the writer answered last.
    writes(state, B, COPY);
    assertThat(writer(state)).isNull();
    writes(state, NAME, PRIMARY);
    assertThat(writer(state)).isEqualTo(NAME);
  }

  @Test
  void copy_thatTheWriterWasRebuiltFrom_isTheWriter() {
    TopologyState state = cluster(A, B);
    writes(state, A, PRIMARY);
    isGone(state, B);
    bothWrite(state);
    writes(state, A, PRIMARY);
    assertThat(writer(state)).isEqualTo(A);
    isGone(state, A);
    follows(state, A, RESTARTED);
    assertThat(writer(state)).isEqualTo(B);
  }

  // ------------------------------------------------------------ a program that starts

  @Test
  void program_thatStarts_hasNoWriter_whicheverAnswersFirst() {
    for (List<Endpoint> order : List.of(List.of(A, B), List.of(B, A))) {
      TopologyState state = cluster(A, B);
      Endpoint first = order.get(0);
      writes(state, first, first.equals(A) ? PRIMARY : COPY);
      assertThat(writer(state)).isEqualTo(first);
      assertThat(state.topology().isSettled()).isFalse();
      Endpoint second = order.get(1);
      writes(state, second, second.equals(A) ? PRIMARY : COPY);
      assertThat(writer(state)).isNull();
      assertThat(at(state, first).abortReason()).contains("so does another server");
      assertThat(at(state, second).problem())
          .contains("so does another server")
          .contains("Rebuild the copy as a standby");
    }
  }

  @Test
  void program_thatFoundTwo_hasNoWriter_whenOneOfThemIsGone_untilOneIsAStandby() {
    for (Endpoint primary : List.of(A, B)) {
      TopologyState state = new WriterOfTimelineTest().cluster(A, B);
      bothWrite(state);
      bothWrite(state);
      Endpoint copy = primary.equals(A) ? B : A;
      isGone(state, primary);
      writes(state, copy, copy.equals(A) ? PRIMARY : COPY);
      assertThat(writer(state)).as("it crashed").isNull();
      assertThat(at(state, copy).problem()).contains(primary.toString());
      writes(state, primary, RESTARTED);
      assertThat(writer(state)).isNull();
      isGone(state, copy);
      writes(state, primary, RESTARTED);
      assertThat(writer(state)).isNull();

      follows(state, copy, 5);
      writes(state, primary, RESTARTED);
      assertThat(writer(state)).isEqualTo(primary);
    }
  }

  @Test
  void program_thatStarts_withAHostDown_hasAWriter_whichStays() {
    TopologyState state = cluster(A, B);
    writes(state, A, PRIMARY);
    isGone(state, B);
    assertThat(writer(state)).isEqualTo(A);
    bothWrite(state);
    assertThat(writer(state)).isEqualTo(A);
  }

  @Test
  void server_thatIsRestartedWhileAProgramStarts_isOneServer() {
    TopologyState state = cluster(NAME, A, B);
    writes(state, NAME, PRIMARY);
    writes(state, A, PRIMARY);
    writes(state, NAME, RESTARTED);
    writes(state, NAME, RESTARTED);
    writes(state, A, RESTARTED);
    assertThat(at(state, A).role()).isEqualTo(Role.WRITER);
    follows(state, B, 300);
    assertThat(writer(state)).isEqualTo(NAME);
  }

  // ------------------------------------------------------------ several clusters of one JVM

  @Test
  void writerThatAnotherClusterKnew_isTheWriter_alsoWhileItIsGone_andAllIsClosed() {
    TopologyState first = cluster(A, B);
    writes(first, A, PRIMARY);
    isGone(first, B);
    isGone(first, A);
    first.close();

    for (ClusterSettings settings :
        List.of(
            ClusterSettings.of(List.of(A, B)),
            ClusterSettings.of(List.of(A, B)).withHeartbeat(Duration.ZERO))) {
      TopologyState later = cluster(settings, false);
      isGone(later, A);
      writes(later, B, COPY);
      assertThat(writer(later)).isNull();
      assertThat(at(later, B).problem()).contains("whose writer is a:5432");
      writes(later, A, RESTARTED);
      assertThat(writer(later)).isEqualTo(A);
      later.close();
    }
  }

  @Test
  void twoThatWereFound_areNoWriters_forAClusterThatIsOpenedLater_untilOneIsAStandby() {
    TopologyState first = cluster(A, B);
    bothWrite(first);
    bothWrite(first);
    first.close();

    TopologyState later = cluster(A, B);
    isGone(later, A);
    writes(later, B, COPY);
    assertThat(writer(later)).isNull();
    follows(later, B, 5);
    writes(later, A, RESTARTED);
    assertThat(writer(later)).isEqualTo(A);
    later.close();

    TopologyState last = cluster(A, B);
    writes(last, A, RESTARTED);
    assertThat(writer(last)).isEqualTo(A);
  }

  @Test
  void writerThatDidNotKnowOfTheOther_isNoneBesideIt() {
    TopologyState alone = cluster(B);
    writes(alone, B, COPY);
    assertThat(writer(alone)).isEqualTo(B);

    TopologyState both = cluster(A, B);
    writes(both, B, COPY);
    writes(both, A, PRIMARY);
    assertThat(writer(both)).isNull();
    assertThat(writer(alone)).isEqualTo(B);
  }

  @Test
  void writerOfTheFirstAnswer_isGivenUp_whereAnotherClusterHasItInOffice() {
    for (Endpoint other : List.of(A, B)) {
      WriterOfTimelineTest program = new WriterOfTimelineTest();
      TopologyState alone = program.cluster(other);
      program.writes(alone, other, other.equals(A) ? PRIMARY : COPY);
      TopologyState both = program.cluster(A, B);
      program.writes(both, A, PRIMARY);
      program.writes(both, B, COPY);
      assertThat(writer(both)).isNull();
      assertThat(at(both, A).abortReason()).contains("so does another server");
      assertThat(at(both, B).abortReason()).contains("so does another server");
    }
  }

  @Test
  void copyOfAClusterElsewhere_isAClusterOfItsOwn() {
    TopologyState original = cluster(A);
    writes(original, A, PRIMARY);
    TopologyState copy = cluster(B);
    writes(copy, B, COPY);
    assertThat(writer(original)).isEqualTo(A);
    assertThat(writer(copy)).isEqualTo(B);
  }

  // ------------------------------------------------------------ who else says who writes

  @Test
  void writerThatTheSourceNames_isTheWriter_whateverWasKnown() {
    TopologyState state = cluster(ClusterSettings.of(List.of(A, B)), true);
    for (Endpoint leader : List.of(A, B, A)) {
      state.list(
          new EndpointListing(
              List.of(ListedEndpoint.of(A), ListedEndpoint.of(B)),
              WriterLease.untilAnotherIsNamed(leader)),
          0,
          "listed");
      bothWrite(state);
      assertThat(writer(state)).isEqualTo(leader);
      isGone(state, leader);
      assertThat(writer(state)).isNull();
      writes(state, leader, RESTARTED);
      assertThat(writer(state)).isEqualTo(leader);
    }
  }

  @Test
  void leaderThatWasNamedLast_isTheWriterOfItsTimeline_whenTheSourceIsGone() {
    TopologyState state = cluster(ClusterSettings.of(List.of(A, B)), true);
    state.list(
        new EndpointListing(
            List.of(ListedEndpoint.of(A), ListedEndpoint.of(B)),
            new WriterLease(A, Duration.ofSeconds(30), WriterLease.AtItsEnd.HOLDER_GOES_ON)),
        0,
        "listed");
    bothWrite(state);
    nanos.addAndGet(Duration.ofSeconds(31).toNanos());
    isGone(state, A);
    writes(state, B, COPY);
    assertThat(writer(state)).isNull();
    answers(state, B, false, 2, COPY);
    assertThat(writer(state)).isEqualTo(B);
  }

  @Test
  void serversWithoutTimelines_areToldByNone() {
    TopologyState state = cluster(A, B);
    answers(state, A, false, 0, PRIMARY);
    answers(state, B, true, 0, 300);
    isGone(state, A);
    answers(state, B, false, 0, 300);
    assertThat(writer(state)).isEqualTo(B);
  }
}

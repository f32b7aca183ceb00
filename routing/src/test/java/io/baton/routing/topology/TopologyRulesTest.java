package io.baton.routing.topology;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.routing.consistency.Lsn;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TopologyRulesTest {

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final long CLUSTER = 7;
  private static final Endpoint A = new Endpoint("a", 5432);
  private static final Endpoint B = new Endpoint("b", 5432);
  private static final Endpoint C = new Endpoint("c", 5432);
  private static final Predicate<Endpoint> ANYBODY = List.of(A, B, C)::contains;

  private static ServerStatus status(boolean standby, long cluster, long timeline, int startedAt) {
    return new ServerStatus(
        standby,
        cluster,
        timeline,
        new Lsn(1000),
        null,
        standby,
        standby ? Duration.ZERO : null,
        NOW.minusSeconds(startedAt),
        180_000);
  }

  private static Health after(Health before, Observation observation) {
    return before.after(
        observation,
        new Health.Moment(NOW, 0, observation.sequence()),
        new Health.Patience(Duration.ofSeconds(60), Duration.ofSeconds(10)));
  }

  private static Health answer(Health before, long sequence, ServerStatus status) {
    return after(before, new Observation.Answered(sequence, status, true));
  }

  private static Health up(ServerStatus status) {
    return answer(Health.UNPROBED, 1, status);
  }

  private static Health writer(long timeline, int startedAt) {
    return up(status(false, CLUSTER, timeline, startedAt));
  }

  private static Health standby(long timeline, int startedAt) {
    return up(status(true, CLUSTER, timeline, startedAt));
  }

  private static Health down() {
    return after(
        Health.UNPROBED, new Observation.Unreachable(1, new SQLException("nobody", "08001")));
  }

  private static List<ListedEndpoint> listed(Endpoint... endpoints) {
    return Arrays.stream(endpoints).map(ListedEndpoint::of).toList();
  }

  private static Topology first(List<ListedEndpoint> listed) {
    return Topology.unprobed(listed, Topology.Listing.OF_THE_URL, NOW);
  }

  private static Topology next(
      Topology previous,
      List<ListedEndpoint> listed,
      Predicate<Endpoint> leased,
      Health... healths) {
    return new TopologyRules(listed, leased, new KnownWriters())
        .next(previous, List.of(healths), Set.of(), Topology.Listing.OF_THE_URL, NOW);
  }

  private static @Nullable Endpoint writerOf(Topology topology) {
    return topology.writer().map(EndpointState::endpoint).orElse(null);
  }

  @Test
  void writer_ofAHigherTimeline_wins_andTheOtherIsGivenUp() {
    List<ListedEndpoint> listed = listed(A, B);
    Topology before = next(first(listed), listed, ANYBODY, writer(1, 10), standby(1, 20));
    assertThat(writerOf(before)).isEqualTo(A);

    Topology after = next(before, listed, ANYBODY, writer(1, 10), writer(2, 20));

    assertThat(writerOf(after)).isEqualTo(B);
    assertThat(after.endpoints().get(0).abortReason()).contains("superseded");
  }

  @Test
  void writers_onOneTimeline_leaveTheOneThatWasThereFirst_orNone() {
    List<ListedEndpoint> listed = listed(A, B);
    assertThat(writerOf(next(first(listed), listed, ANYBODY, writer(2, 10), writer(2, 20))))
        .isNull();

    Topology before = next(first(listed), listed, ANYBODY, standby(2, 10), writer(2, 20));
    Topology after = next(before, listed, ANYBODY, writer(2, 10), writer(2, 20));
    assertThat(writerOf(after)).isEqualTo(B);
    assertThat(after.endpoints().get(0).problem()).contains("whose writer is b:5432");
  }

  @Test
  void server_withTwoNames_isOneWriter() {
    List<ListedEndpoint> listed = listed(A, B);
    Topology topology = next(first(listed), listed, ANYBODY, writer(1, 10), writer(1, 10));
    assertThat(writerOf(topology)).isEqualTo(A);
    assertThat(topology.endpoints()).allMatch(state -> state.role() == Role.WRITER);
  }

  @Test
  void writer_withoutTheLease_isGivenUp() {
    List<ListedEndpoint> listed = listed(A, B);
    Topology before = next(first(listed), listed, A::equals, writer(1, 10), standby(1, 20));
    assertThat(writerOf(before)).isEqualTo(A);

    Topology expired = next(before, listed, nobody -> false, writer(1, 10), standby(1, 20));
    assertThat(writerOf(expired)).isNull();
    assertThat(expired.endpoints().get(0).abortReason()).contains("lease");
    assertThat(expired.readers()).hasSize(1);

    Topology renewed = next(expired, listed, A::equals, writer(1, 10), standby(1, 20));
    assertThat(writerOf(renewed)).isEqualTo(A);
  }

  @Test
  void newcomers_ofAnotherCluster_changeNothing() {
    List<ListedEndpoint> listed = listed(A);
    Topology before = next(first(listed), listed, ANYBODY, standby(1, 10));
    List<ListedEndpoint> more = listed(A, B, C);

    Topology unasked = next(before, more, ANYBODY, standby(1, 10), Health.UNPROBED, down());
    Topology after =
        next(
            unasked,
            more,
            ANYBODY,
            standby(1, 10),
            up(status(false, CLUSTER + 1, 9, 20)),
            up(status(false, CLUSTER + 1, 9, 30)));

    assertThat(after.systemIdentifier()).contains(CLUSTER);
    assertThat(writerOf(after)).isNull();
    assertThat(after.timeline()).isEqualTo(1);
    assertThat(after.readers()).extracting(EndpointState::endpoint).containsExactly(A);
  }

  @Test
  void incumbent_thatIsNotListedAnyMore_makesRoom() {
    List<ListedEndpoint> listed = listed(A, B);
    Topology before = next(first(listed), listed, ANYBODY, writer(1, 10), standby(1, 20));

    Topology after = next(before, listed(B), ANYBODY, writer(2, 20));

    assertThat(writerOf(after)).isEqualTo(B);
    assertThat(after.differsInSubstance(before)).isTrue();
  }

  // ------------------------------------------------------------ two servers that take writes

  /** A writer that has answered since before the other one was last asked as a standby. */
  private final List<ListedEndpoint> pair = listed(A, B);

  private final Health inOffice = writer(1, 10);
  private final Health promoted =
      answer(
          answer(Health.UNPROBED, 2, status(true, CLUSTER, 1, 20)),
          3,
          status(false, CLUSTER, 2, 20));

  private Topology withWriterInOffice() {
    return next(first(pair), pair, ANYBODY, inOffice, standby(1, 20));
  }

  @Test
  void writer_thatGoesOnAnswering_keepsItsOffice_againstAStandbyThatIsPromotedBesideIt() {
    Topology after = next(withWriterInOffice(), pair, ANYBODY, inOffice, promoted);

    assertThat(writerOf(after)).isEqualTo(A);
    assertThat(after.timeline()).isEqualTo(1);
    EndpointState claimant = after.endpoints().get(1);
    assertThat(claimant.role()).isEqualTo(Role.UNKNOWN);
    assertThat(claimant.problem()).contains("promoted to timeline 2").contains("a:5432");
    assertThat(claimant.abortReason()).isNull();
  }

  @Test
  void claimant_isTheWriter_onceAStandbyShowsItsTimeline() {
    List<ListedEndpoint> three = listed(A, B, C);
    Topology before = next(first(three), three, ANYBODY, inOffice, standby(1, 20), standby(1, 30));
    Topology disputed = next(before, three, ANYBODY, inOffice, promoted, standby(1, 30));
    assertThat(writerOf(disputed)).isEqualTo(A);

    Topology confirmed = next(disputed, three, ANYBODY, inOffice, promoted, standby(2, 30));

    assertThat(writerOf(confirmed)).isEqualTo(B);
    assertThat(confirmed.endpoints().get(0).abortReason()).contains("superseded");
  }

  private static final Endpoint D = new Endpoint("d", 5432);

  /** A standby that was promoted beside its writer, and is a standby again. */
  private static Health strayed(int startedAt) {
    return up(
        new ServerStatus(
            true,
            CLUSTER,
            2,
            new Lsn(2000),
            null,
            false,
            Duration.ofSeconds(1),
            NOW.minusSeconds(startedAt),
            180_000));
  }

  @Test
  void writer_keepsItsOffice_againstAStandbyThatWasPromotedByAccident_andIsOneAgain() {
    Topology disputed = next(withWriterInOffice(), pair, ANYBODY, inOffice, promoted);

    Topology after = next(disputed, pair, ANYBODY, inOffice, strayed(1));

    assertThat(writerOf(after)).isEqualTo(A);
    assertThat(after.timeline()).isEqualTo(1);
    assertThat(after.readers()).isEmpty(); // It has what the writer never had.
    assertThat(after.endpoints().get(1).problem()).contains("promoted by accident");
  }

  @Test
  void standbyOnAHigherTimeline_withoutAWriterInOffice_supersedes_andIsNamed() {
    Topology opened = next(first(pair), pair, ANYBODY, writer(1, 10), strayed(1));
    assertThat(writerOf(opened)).isNull();
    assertThat(opened.endpoints().get(0).abortReason()).contains("superseded").contains("b:5432");
  }

  @Test
  void writer_keepsItsOffice_asLongAsAsManyStandbysStayWithIt_asHaveLeft() {
    List<ListedEndpoint> four = listed(A, B, C, D);
    Predicate<Endpoint> anybody = endpoint -> true;
    Topology before =
        next(first(four), four, anybody, inOffice, standby(1, 20), standby(1, 30), standby(1, 40));
    Topology cascade =
        next(before, four, anybody, inOffice, promoted, standby(2, 30), standby(1, 40));
    assertThat(writerOf(cascade)).isEqualTo(A);
    assertThat(cascade.readers()).extracting(EndpointState::endpoint).containsExactly(D);

    Topology left =
        next(cascade, four, anybody, inOffice, promoted, standby(2, 30), standby(2, 40));
    assertThat(writerOf(left)).isEqualTo(B);
  }

  @Test
  void standbyOnAHigherTimeline_endsNoWriterThatTheSourceNames() {
    List<ListedEndpoint> three = listed(A, B, C);
    Topology before =
        next(first(three), three, A::equals, writer(1, 10), standby(1, 20), standby(1, 30));
    for (Health other : List.of(strayed(20), standby(2, 20))) {
      Topology after = next(before, three, A::equals, writer(1, 10), other, standby(1, 30));
      assertThat(writerOf(after)).isEqualTo(A);
      assertThat(writerOf(next(after, three, A::equals, writer(1, 10), down(), standby(1, 30))))
          .isEqualTo(A);
    }
  }

  @Test
  void claimant_isTheWriter_onceTheOtherOneDoesNotAnswer_whichNeverComesBack() {
    Topology disputed = next(withWriterInOffice(), pair, ANYBODY, inOffice, promoted);
    Health silent =
        after(inOffice, new Observation.Silent(4, new SQLException("no answer", "08006"), true));

    Topology taken = next(disputed, pair, ANYBODY, silent, promoted);
    assertThat(writerOf(taken)).isEqualTo(B);
    assertThat(taken.endpoints().get(0).availability()).isEqualTo(Availability.DOWN);

    Health thawed = answer(silent, 5, status(false, CLUSTER, 1, 10));
    Topology back = next(taken, pair, ANYBODY, thawed, promoted);
    assertThat(writerOf(back)).isEqualTo(B);
    assertThat(back.endpoints().get(0).abortReason()).contains("superseded");
  }

  @Test
  void writer_thatWasAway_whileTheOtherWasPromoted_hasNoOfficeToKeep() {
    Health silent =
        after(inOffice, new Observation.Silent(4, new SQLException("no answer", "08006"), true));
    Topology away = next(withWriterInOffice(), pair, ANYBODY, silent, standby(1, 20));
    Health thawed = answer(silent, 5, status(false, CLUSTER, 1, 10));
    Topology back = next(away, pair, ANYBODY, thawed, standby(1, 20));
    assertThat(writerOf(back)).isEqualTo(A);

    // The promotion is seen only now; the standby was last asked as one before the writer came
    // back.
    assertThat(writerOf(next(back, pair, ANYBODY, thawed, promoted))).isEqualTo(B);
  }

  @Test
  void writer_whoseMonitorLostItsConnection_isNotAwayYet() {
    Health disturbed =
        after(inOffice, new Observation.ConnectionLost(4, new SQLException("terminated", "57P01")));
    Topology after = next(withWriterInOffice(), pair, ANYBODY, disturbed, promoted);
    assertThat(after.endpoints().get(0).abortReason()).isNull();
    assertThat(after.incumbent()).isEqualTo(A);
    Health back = answer(disturbed, 5, status(false, CLUSTER, 1, 10));
    assertThat(writerOf(next(after, pair, ANYBODY, back, promoted))).isEqualTo(A);
  }

  @Test
  void writer_thatWasRestarted_isNotTheOneThatWasThereAllTheTime() {
    Health restarted = answer(inOffice, 4, status(false, CLUSTER, 1, 1));
    Topology after = next(withWriterInOffice(), pair, ANYBODY, restarted, promoted);
    assertThat(writerOf(after)).isEqualTo(B);
  }

  @Test
  void claimants_withoutAWriterInOffice_areDecidedByTheTimeline() {
    assertThat(writerOf(next(first(pair), pair, ANYBODY, writer(1, 10), writer(2, 20))))
        .isEqualTo(B);
  }

  @Test
  void claimant_thatTheSourceDoesNotName_neverTakesOver() {
    List<ListedEndpoint> three = listed(A, B, C);
    Topology before = next(first(three), three, A::equals, writer(1, 10), down(), standby(1, 30));

    Topology after = next(before, three, A::equals, writer(1, 10), writer(2, 20), standby(1, 30));
    assertThat(writerOf(after)).isEqualTo(A);
    assertThat(after.endpoints().get(1).problem()).contains("the leader that the list names");

    Topology moved = next(after, three, B::equals, writer(1, 10), writer(2, 20), standby(1, 30));
    assertThat(writerOf(moved)).isEqualTo(B);
    assertThat(moved.endpoints().get(0).abortReason()).contains("superseded");
  }

  // ------------------------------------------------------------ what the JVM remembers

  @Test
  void writer_belowATimelineThatTheJvmHasSeen_isSuperseded_alsoInANewCluster() {
    KnownWriters confirmed = new KnownWriters();
    confirmed.confirm(CLUSTER, List.of(A, B), 2, false);

    Topology opened =
        new TopologyRules(listed(A), ANYBODY, confirmed)
            .next(
                first(listed(A)),
                List.of(writer(1, 10)),
                Set.of(),
                Topology.Listing.OF_THE_URL,
                NOW);

    assertThat(writerOf(opened)).isNull();
    assertThat(opened.endpoints().get(0).abortReason()).contains("superseded");
  }

  @Test
  void timeline_ofACopyElsewhere_orOfAnotherCluster_supersedesNobody() {
    KnownWriters confirmed = new KnownWriters();
    confirmed.confirm(CLUSTER, List.of(C), 2, false);
    confirmed.confirm(CLUSTER + 1, List.of(A), 2, false);
    assertThat(confirmed.highest(CLUSTER, List.of(A, B))).isZero();
    assertThat(confirmed.highest(CLUSTER, List.of(B, C))).isEqualTo(2);
    confirmed.confirm(CLUSTER, List.of(C), 1, false);
    assertThat(confirmed.highest(CLUSTER, List.of(C))).isEqualTo(2);
  }

  // ------------------------------------------------------------ what other clusters of the JVM saw

  private static KnownWriters.Office office(
      long cluster, Endpoint endpoint, long timeline, int startedAt, Endpoint... listed) {
    return new KnownWriters.Office(
        cluster, endpoint, NOW.minusSeconds(startedAt), timeline, Set.of(listed));
  }

  /** The first snapshot of a cluster that is opened while another one holds this office. */
  private static Topology opened(
      List<ListedEndpoint> listed,
      Predicate<Endpoint> leased,
      long confirmed,
      KnownWriters.Office office,
      Health... healths) {
    KnownWriters known = new KnownWriters();
    known.confirm(CLUSTER, List.of(A, B, C), confirmed, false);
    return new TopologyRules(
            listed, leased, known, new TopologyRules.Watch(true, List.of(office)), null, Map.of())
        .next(first(listed), List.of(healths), Set.of(), Topology.Listing.OF_THE_URL, NOW);
  }

  private static final KnownWriters.Office OF_A = office(CLUSTER, A, 1, 10, A, B);

  @Test
  void office_thatAnotherClusterHolds_isHonoured_byOneThatIsOpenedLater() {
    Topology opened = opened(pair, ANYBODY, 1, OF_A, writer(1, 10), writer(2, 20));

    assertThat(writerOf(opened)).isEqualTo(A);
    assertThat(opened.timeline()).isEqualTo(1);
    assertThat(opened.endpoints().get(1).problem()).contains("promoted to timeline 2");
  }

  @Test
  void office_isHonoured_whereItsServerIsNotListed_orHasNotAnsweredYet() {
    Topology partly = opened(listed(B), ANYBODY, 1, OF_A, writer(2, 20));
    assertThat(writerOf(partly)).isNull();
    assertThat(partly.timeline()).isEqualTo(1);
    assertThat(partly.endpoints().get(0).problem())
        .contains("promoted to timeline 2")
        .contains("a:5432");
    assertThat(partly.endpoints().get(0).abortReason()).isNull();

    assertThat(writerOf(opened(pair, ANYBODY, 1, OF_A, Health.UNPROBED, writer(2, 20)))).isNull();
  }

  @Test
  void office_isHonoured_underAnotherName() {
    Topology opened = opened(listed(C, B), ANYBODY, 1, OF_A, writer(1, 10), writer(2, 20));
    assertThat(writerOf(opened)).isEqualTo(C);
  }

  @Test
  void office_countsForNothing_whereItsServerIsFoundLost() {
    Health silent =
        after(
            writer(1, 10), new Observation.Silent(4, new SQLException("no answer", "08006"), true));
    for (Health lost : List.of(down(), silent, standby(1, 10), writer(1, 5))) {
      assertThat(writerOf(opened(pair, ANYBODY, 1, OF_A, lost, writer(2, 20)))).isEqualTo(B);
    }
  }

  @Test
  void office_countsForNothing_whereItsServerIsLostByEveryName() {
    Health silent =
        after(
            writer(1, 10), new Observation.Silent(4, new SQLException("no answer", "08006"), true));
    assertThat(writerOf(opened(listed(C, B), ANYBODY, 1, OF_A, silent, writer(2, 20))))
        .isEqualTo(B);
    assertThat(
            writerOf(
                opened(listed(A, B, C), ANYBODY, 1, OF_A, silent, writer(2, 20), writer(1, 10))))
        .as("lost by one of two names")
        .isEqualTo(C);
  }

  @Test
  void office_goesOn_whenTheClusterThatHeldItIsClosed_asLongAsItsServerAnswers() {
    Topology opened = opened(pair, ANYBODY, 1, OF_A, inOffice, writer(2, 20));
    assertThat(writerOf(opened)).isEqualTo(A);

    Topology alone = next(opened, pair, ANYBODY, inOffice, writer(2, 20));
    assertThat(writerOf(alone)).isEqualTo(A);
    Health silent =
        after(inOffice, new Observation.Silent(4, new SQLException("no answer", "08006"), true));
    Topology lost = next(alone, pair, ANYBODY, silent, writer(2, 20));
    assertThat(writerOf(lost)).isEqualTo(B);
    Health back = answer(silent, 5, status(false, CLUSTER, 1, 10));
    assertThat(writerOf(next(lost, pair, ANYBODY, back, writer(2, 20)))).isEqualTo(B);
    assertThat(writerOf(next(alone, pair, ANYBODY, inOffice, writer(3, 5))))
        .as("another claimant, of which nobody knows")
        .isEqualTo(B);
  }

  @Test
  void server_thatWasSuperseded_isThatUnderEveryName() {
    KnownWriters known = new KnownWriters();
    ServerStatus old = status(false, CLUSTER, 1, 10);
    assertThat(known.supersede(old, 2)).isTrue();
    assertThat(known.supersede(old, 2)).isFalse();
    assertThat(known.supersededBy(status(false, CLUSTER + 1, 1, 10))).isZero();

    Topology elsewhere =
        new TopologyRules(listed(C), ANYBODY, known)
            .next(first(listed(C)), List.of(up(old)), Set.of(), Topology.Listing.OF_THE_URL, NOW);

    assertThat(writerOf(elsewhere)).isNull();
    assertThat(elsewhere.endpoints().get(0).abortReason()).contains("superseded");
  }

  @Test
  void timelineThatAServerClaims_endsNoWriterThatTheSourceNames_andOneOfANamedWriterDoes() {
    for (boolean isNamed : new boolean[] {false, true}) {
      KnownWriters known = new KnownWriters();
      known.confirm(CLUSTER, List.of(A, B), 2, isNamed);
      Topology named =
          new TopologyRules(pair, A::equals, known)
              .next(
                  first(pair),
                  List.of(writer(1, 10), writer(2, 20)),
                  Set.of(),
                  Topology.Listing.OF_THE_URL,
                  NOW);
      assertThat(writerOf(named)).isEqualTo(isNamed ? null : A);
    }
  }

  @Test
  void office_countsForNothing_ofATimelineThatIsOver_ofAnotherCluster_orOfACopyElsewhere() {
    Topology over = opened(pair, ANYBODY, 2, OF_A, writer(1, 10), writer(2, 20));
    assertThat(writerOf(over)).isEqualTo(B);
    Topology shown =
        opened(listed(A, B, C), ANYBODY, 1, OF_A, writer(1, 10), writer(2, 20), standby(2, 30));
    assertThat(writerOf(shown)).isEqualTo(B);

    KnownWriters.Office another = office(CLUSTER + 1, A, 1, 10, A, B);
    assertThat(writerOf(opened(pair, ANYBODY, 1, another, writer(1, 10), writer(2, 20))))
        .isEqualTo(B);
    KnownWriters.Office copy = office(CLUSTER, C, 1, 30, C);
    assertThat(writerOf(opened(pair, ANYBODY, 1, copy, writer(1, 10), writer(2, 20)))).isEqualTo(B);
  }

  @Test
  void office_countsForNothing_whereTheSourceNamesTheWriter() {
    assertThat(writerOf(opened(pair, B::equals, 1, OF_A, writer(1, 10), writer(2, 20))))
        .isEqualTo(B);
  }

  @Test
  void cluster_thatDoesNotWatchAllTheTime_cannotTellWhoWasThere() {
    Topology before = withWriterInOffice();
    for (boolean isUnbroken : new boolean[] {true, false}) {
      Topology after =
          new TopologyRules(
                  pair,
                  ANYBODY,
                  new KnownWriters(),
                  new TopologyRules.Watch(isUnbroken, List.of()),
                  null,
                  Map.of())
              .next(
                  before, List.of(inOffice, promoted), Set.of(), Topology.Listing.OF_THE_URL, NOW);
      assertThat(writerOf(after)).isEqualTo(isUnbroken ? A : B);
    }
  }

  private static Topology next(Topology previous, Succession succession, Health... healths) {
    return new TopologyRules(listed(A, B), ANYBODY, new KnownWriters(), succession)
        .next(previous, List.of(healths), Set.of(), Topology.Listing.OF_THE_URL, NOW);
  }

  @Test
  void successor_isExpected_andNotUsed_beforeItHasOpened() {
    Topology before = next(first(listed(A, B)), listed(A, B), ANYBODY, writer(3, 10), down());
    Succession announced = new Succession(8, List.of(B), false);

    Topology after = next(before, announced, writer(3, 10), up(status(false, 8, 1, 20)));

    assertThat(writerOf(after)).isEqualTo(A);
    assertThat(after.endpoints().get(1).abortReason()).isNull();
    assertThat(after.endpoints().get(1).problem()).contains("has not opened yet");
  }

  @Test
  void serverOfAThirdCluster_isNoSuccessor() {
    Succession announced = new Succession(8, List.of(B), false);
    Topology before = next(first(listed(A, B)), announced, writer(3, 10), down());

    Topology after = next(before, announced, writer(3, 10), up(status(false, 9, 1, 20)));

    assertThat(after.endpoints().get(1).abortReason()).contains("not of this cluster");
  }

  @Test
  void successor_takesThePlace_onceItHasOpened() {
    Topology before = next(first(listed(A, B)), listed(A, B), ANYBODY, writer(3, 10), down());
    Succession opened = new Succession(8, List.of(B), true);

    Topology after = next(before, opened, writer(3, 10), up(status(false, 8, 1, 20)));

    assertThat(writerOf(after)).isEqualTo(B);
    assertThat(after.timeline()).isEqualTo(1);
    assertThat(after.systemIdentifier()).contains(8L);
    assertThat(after.endpoints().get(0).abortReason()).isNull();
    assertThat(after.endpoints().get(0).problem()).contains("was left");
  }

  @Test
  void successorThatHasOpened_isTheCluster_alsoForWhoHearsOfItFirst() {
    Succession opened = new Succession(8, List.of(B), true);

    assertThat(writerOf(next(first(listed(A, B)), opened, writer(3, 10), down()))).isNull();
  }

  @Test
  void writerThatIsSilentBehindItsPooler_isGivenUp_onceAStandbyIsPromoted() {
    Health pooled =
        after(
            Health.UNPROBED,
            new Observation.Answered(1, status(false, CLUSTER, 1, 10), true, true));
    Topology before = next(first(pair), pair, ANYBODY, pooled, standby(1, 20));
    SQLException failure = new SQLException("no answer", "08006");
    Health silent =
        after(
            after(pooled, new Observation.Silent(4, failure, true)),
            new Observation.Silent(5, failure, false, true));

    Topology waiting = next(before, pair, ANYBODY, silent, standby(1, 20));
    assertThat(writerOf(waiting)).isNull();
    assertThat(waiting.endpoints().get(0).abortReason()).isNull();

    Topology promoted = next(waiting, pair, ANYBODY, silent, writer(2, 20));
    assertThat(writerOf(promoted)).isEqualTo(B);
    assertThat(promoted.endpoints().get(0).abortReason()).contains("superseded");
  }
}

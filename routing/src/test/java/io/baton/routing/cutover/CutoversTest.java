package io.baton.routing.cutover;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.routing.topology.CutoverTerms;
import io.baton.routing.topology.Endpoint;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CutoversTest {

  private static final Endpoint OLD = new Endpoint("h1", 5432);
  private static final Endpoint NEW = new Endpoint("h4", 5432);

  private final Cutovers cutovers = new Cutovers(CutoverTerms.DEFAULT);

  private static CutoverNotice notice(UUID id, CutoverStage stage) {
    long changed = id.getLeastSignificantBits(); // Each begins after the one before it.
    return new CutoverNotice(id, stage, List.of(NEW), 2, Duration.ofSeconds(1), changed, null);
  }

  @Test
  void stages_comeInTheirOrder_andNoneComesBack() {
    UUID id = new UUID(0, 1);
    for (CutoverStage stage :
        List.of(CutoverStage.ANNOUNCED, CutoverStage.GATED, CutoverStage.FENCED)) {
      assertThat(cutovers.heard(notice(id, stage))).isTrue();
      assertThat(cutovers.heard(notice(id, stage))).isFalse();
      assertThat(cutovers.heard(notice(id, CutoverStage.ANNOUNCED))).isFalse();
      assertThat(cutovers.holdsTransactions()).isEqualTo(stage != CutoverStage.ANNOUNCED);
      assertThat(cutovers.isLeft(OLD)).isFalse();
      assertThat(cutovers.hasOpened(id)).isFalse();
    }
    assertThat(cutovers.heard(notice(id, CutoverStage.OPENED))).isTrue();
    assertThat(cutovers.holdsTransactions()).isFalse();
    assertThat(cutovers.isLeft(OLD)).isTrue();
    assertThat(cutovers.isLeft(NEW)).isFalse();
    assertThat(cutovers.hasOpened(id)).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void oneThatHasOpened_isFollowedByNothing(CutoverStage later) {
    cutovers.heard(notice(new UUID(0, 1), CutoverStage.OPENED));

    assertThat(cutovers.heard(notice(new UUID(0, 1), later))).isFalse();
    assertThat(cutovers.isOpened()).isTrue();
  }

  @Test
  void oneThatHasOpened_isFollowedByTheSuccessorsOwn() {
    cutovers.heard(notice(new UUID(0, 1), CutoverStage.OPENED));

    assertThat(cutovers.heard(notice(new UUID(0, 2), CutoverStage.TAKEN_BACK))).isFalse();
    assertThat(cutovers.heard(notice(new UUID(0, 2), CutoverStage.ANNOUNCED))).isTrue();
    assertThat(cutovers.isUnderWay()).isTrue();
  }

  @Test
  void oneThatWasTakenBack_isFollowedByAnotherOne() {
    UUID first = new UUID(0, 1);
    cutovers.heard(notice(first, CutoverStage.FENCED));
    cutovers.heard(notice(first, CutoverStage.TAKEN_BACK));

    assertThat(cutovers.holdsTransactions()).isFalse();
    assertThat(cutovers.isOfSuccessor(NEW)).isFalse();
    assertThat(cutovers.hasOpened(first)).isFalse();
    assertThat(cutovers.heard(notice(first, CutoverStage.FENCED))).isFalse();
    assertThat(cutovers.heard(notice(first, CutoverStage.OPENED))).isFalse();
    assertThat(cutovers.heard(notice(new UUID(0, 2), CutoverStage.ANNOUNCED))).isTrue();
    assertThat(cutovers.isUnderWay()).isTrue();
  }

  @Test
  void oneOfLongAgoThatWasTakenBack_isNoNews() {
    assertThat(cutovers.heard(notice(new UUID(0, 1), CutoverStage.TAKEN_BACK))).isFalse();
    assertThat(cutovers.present()).isNull();
  }

  @ParameterizedTest
  @EnumSource
  void newerOne_thanARehearsal_isHeeded_andAnOlderOneIsNot(CutoverStage stage) {
    cutovers.heard(notice(new UUID(0, 2), CutoverStage.REHEARSED));

    assertThat(cutovers.heard(notice(new UUID(0, 1), stage))).isFalse();
    assertThat(cutovers.heard(notice(new UUID(0, 3), stage))).isTrue();
    assertThat(cutovers.isOpened()).isEqualTo(stage == CutoverStage.OPENED);
  }

  @Test
  void rehearsal_holdsNothingBack_andIsFollowedByItsEndOnly() {
    UUID id = new UUID(0, 1);
    assertThat(cutovers.heard(notice(id, CutoverStage.REHEARSED))).isTrue();
    assertThat(cutovers.holdsTransactions()).isFalse();
    assertThat(cutovers.isLeft(OLD)).isFalse();
    assertThat(cutovers.isOfSuccessor(NEW)).isTrue();

    assertThat(cutovers.heard(notice(id, CutoverStage.TAKEN_BACK))).isTrue();
    assertThat(cutovers.isOfSuccessor(NEW)).isFalse();
  }

  @Test
  void another_whileOneIsUnderWay_isNotHeeded() {
    cutovers.heard(notice(new UUID(0, 1), CutoverStage.GATED));

    assertThat(cutovers.heard(notice(new UUID(0, 2), CutoverStage.ANNOUNCED))).isFalse();
  }

  @Test
  void oneToServersThatAreNotNamed_isRefused_andStillHoldsBack() {
    Endpoint named = new Endpoint("named", 1);
    Cutovers strict = new Cutovers(new CutoverTerms(List.of(named), Duration.ofSeconds(1)));
    UUID id = new UUID(0, 1);

    assertThat(strict.heard(notice(id, CutoverStage.FENCED))).isTrue();
    assertThat(strict.present()).isNull();
    assertThat(strict.refused()).isNotNull();
    assertThat(strict.holdsTransactions()).isTrue();
    assertThat(strict.isUnderWay()).isTrue();
    assertThat(strict.isOfSuccessor(NEW)).isFalse();

    strict.heard(notice(id, CutoverStage.OPENED));

    assertThat(strict.holdsTransactions()).isFalse();
    assertThat(strict.isOpened()).isFalse();
    assertThat(strict.isLeft(OLD)).isFalse();
    assertThat(strict.hasOpened(id)).isFalse();
  }

  @Test
  void oneToSomeOfTheServersThatAreNamed_isNotRefused() {
    Cutovers strict =
        new Cutovers(
            new CutoverTerms(List.of(new Endpoint("named", 1), NEW), Duration.ofSeconds(1)));

    strict.heard(notice(new UUID(0, 1), CutoverStage.ANNOUNCED));

    assertThat(strict.present()).isNotNull();
    assertThat(strict.refused()).isNull();
  }

  @ParameterizedTest
  @EnumSource
  void stage_isFoundByItsText(CutoverStage stage) {
    assertThat(CutoverStage.of(stage.text())).isEqualTo(stage);
  }
}

package io.baton.routing.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When an endpoint is suspect, and when it is down; time is stepped. */
class HealthTest {

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private final SQLException failure = new SQLException("failed", "08001");
  private static final Health.Patience PATIENCE =
      new Health.Patience(Duration.ofSeconds(60), Duration.ofSeconds(10));

  private Health health = Health.UNPROBED;
  private Duration passed = Duration.ZERO;
  private long sequence;

  private void observe(Observation observation) {
    health =
        health.after(
            observation,
            new Health.Moment(
                START.plus(passed), Long.MAX_VALUE - 1000 + passed.toNanos(), sequence),
            PATIENCE);
  }

  private void pass(Duration time) {
    passed = passed.plus(time);
  }

  /** A server that was started so many hours before. */
  private static ServerStatus server(boolean standby, int hours) {
    return new ServerStatus(
        standby, 7, 1, null, null, standby, null, START.minusSeconds(hours * 3600L), 180_000);
  }

  private void answers(ServerStatus status, boolean overHeldConnection) {
    observe(new Observation.Answered(++sequence, status, overHeldConnection));
  }

  private void answersAs(boolean standby) {
    answers(server(standby, 1), true);
  }

  private void loses() {
    observe(new Observation.ConnectionLost(++sequence, failure));
  }

  private void refuses() {
    observe(new Observation.Unreachable(++sequence, failure));
  }

  private void saysNothing() {
    observe(new Observation.Inconclusive(++sequence, failure));
  }

  private void isSilent(boolean overHeldConnection) {
    observe(new Observation.Silent(++sequence, failure, overHeldConnection));
  }

  private void is(Availability expected) {
    assertThat(health.availability()).isEqualTo(expected);
  }

  @Test
  void endpoint_isDown_onceItsConnectionIsLost_andANewOneIsRefused() {
    answersAs(false);
    refuses();
    is(Availability.SUSPECT);
    answersAs(false);
    loses();
    is(Availability.SUSPECT);
    refuses();
    is(Availability.DOWN);
  }

  @Test
  void endpoint_whoseConnectionWasGivenUp_isDown_asSoonAsANewOneFindsNobody() {
    answersAs(false);
    observe(new Observation.Released(++sequence));
    is(Availability.UP);
    answers(server(false, 1), false);
    is(Availability.UP);
    refuses();
    is(Availability.DOWN);
  }

  @Test
  void endpoint_isNotDown_forWhatSaysNothingOfTheServer() {
    answersAs(false);
    saysNothing();
    is(Availability.UP);
    loses();
    for (int i = 0; i < 100; i++) {
      saysNothing();
      pass(Duration.ofMinutes(1));
    }
    is(Availability.SUSPECT);
    refuses();
    is(Availability.DOWN);
    saysNothing();
    is(Availability.DOWN);
  }

  @Test
  void failureThatSaysNothing_isNoNews_whileTheConnectionIsThere() {
    answersAs(false);
    long asOf = health.asOf();
    saysNothing();
    assertThat(health.asOf()).isEqualTo(asOf);
  }

  @Test
  void standby_thatStallsForSixSeconds_isSuspect_andUpAgain() {
    answersAs(true);
    isSilent(true);
    is(Availability.SUSPECT);
    for (int i = 0; i < 5; i++) {
      pass(Duration.ofSeconds(1));
      isSilent(false);
      is(Availability.SUSPECT);
    }
    answersAs(true);
    is(Availability.UP);
  }

  @Test
  void standby_thatIsSilentForLonger_isDown_afterSeveralAttempts() {
    answersAs(true);
    isSilent(true);
    pass(Duration.ofSeconds(10));
    isSilent(false);
    is(Availability.SUSPECT);
    isSilent(false);
    is(Availability.DOWN);
  }

  @Test
  void writer_isWaitedForAsLongAsSessionsWould() {
    answersAs(false);
    isSilent(true);
    pass(Duration.ofSeconds(59));
    isSilent(false);
    is(Availability.SUSPECT);
    pass(Duration.ofSeconds(1));
    isSilent(false);
    is(Availability.DOWN);
  }

  @Test
  void endpoint_thatNeverAnswered_isDownAtOnce() {
    isSilent(false);
    is(Availability.DOWN);
  }

  @Test
  void endpoint_thatOnlyRefusesUs_isAsPatientlyWaitedForAsAStandby() {
    observe(new Observation.Refused(++sequence, new SQLException("no such role", "28000")));
    isSilent(false);
    isSilent(false);
    isSilent(false);
    is(Availability.SUSPECT);
    pass(Duration.ofSeconds(10));
    isSilent(false);
    is(Availability.DOWN);
  }

  @Test
  void name_ofSeveralServers_isNotDownForOneThatRefuses() {
    answers(server(true, 1), true);
    answers(server(true, 2), false); // Another server, and the held connection goes on.
    answers(server(true, 1), true);
    loses();
    refuses();
    is(Availability.SUSPECT);
    answers(server(true, 2), true);
    is(Availability.UP);
  }

  @Test
  void name_thatLeadsToAServerThatWasThereBefore_isOfSeveralServers() {
    answers(server(true, 1), true);
    loses();
    answers(server(true, 2), true);
    loses();
    refuses();
    is(Availability.SUSPECT);
  }

  @Test
  void server_thatIsRestarted_isStillOne() {
    answers(server(true, 1), true);
    loses();
    pass(Duration.ofMinutes(5));
    answers(
        new ServerStatus(
            true, 7, 1, null, null, true, null, START.plus(Duration.ofMinutes(4)), 180_000),
        true);
    loses();
    refuses();
    is(Availability.DOWN);
  }

  private void answersBehindAPooler(boolean standby) {
    observe(new Observation.Answered(++sequence, server(standby, 1), true, true));
  }

  private void isSilentOnceLetIn() {
    observe(new Observation.Silent(++sequence, failure, false, true));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void silenceBehindAPoolerThatLetsClientsIn_isNoEvidence_howeverLong(boolean standby) {
    answersBehindAPooler(standby);
    isSilent(true);
    is(Availability.SUSPECT);
    for (int i = 0; i < 100; i++) {
      pass(Duration.ofSeconds(3));
      isSilentOnceLetIn();
      is(Availability.SUSPECT);
    }
    answersBehindAPooler(standby);
    is(Availability.UP);
  }

  @Test
  void silenceOfThePoolerItself_countsFromWhenItLastLetAClientIn() {
    answersBehindAPooler(false);
    isSilent(true);
    pass(Duration.ofSeconds(50));
    isSilentOnceLetIn();
    pass(Duration.ofSeconds(50));
    isSilent(false);
    is(Availability.SUSPECT);
    pass(Duration.ofSeconds(11));
    isSilent(false);
    is(Availability.DOWN);
  }

  @Test
  void serverBehindAPooler_isDown_onceThePoolerIsGone() {
    answersBehindAPooler(false);
    isSilent(true);
    isSilentOnceLetIn();
    refuses();
    is(Availability.DOWN);
  }

  @Test
  void serverThatLetsClientsInAndIsSilent_isGivenUp_whereNoPoolerIsBetween() {
    answersAs(false);
    isSilent(true);
    pass(Duration.ofSeconds(61));
    isSilentOnceLetIn();
    is(Availability.DOWN);
  }
}

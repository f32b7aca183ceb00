package io.baton.routing.switchover;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.routing.topology.ClusterSettings;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.Environment;
import io.baton.routing.topology.KnownWriters;
import io.baton.routing.topology.Observation;
import io.baton.routing.topology.ScheduledSwitchover;
import io.baton.routing.topology.ServerStatus;
import io.baton.routing.topology.Topology;
import io.baton.routing.topology.TopologyState;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When calls are held back for a switchover that was announced; time is stepped. */
class SwitchoverGateTest {

  private static final Endpoint A = new Endpoint("a", 5432);
  private static final Endpoint B = new Endpoint("b", 5432);
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration FAILOVER_TIMEOUT = Duration.ofSeconds(30);

  private final AtomicLong passed = new AtomicLong();
  private final AtomicLong sequence = new AtomicLong();
  private final long beginning = Long.MAX_VALUE - 1000; // About to overflow.
  private final Environment environment =
      new Environment(
          () -> START.plusNanos(passed.get()),
          () -> beginning + passed.get(),
          ThreadLocalRandom::current,
          (name, task) -> new Thread(task, name));
  private final TopologyState state =
      new TopologyState(
          ClusterSettings.of(List.of(A, B)),
          Topology.Listing.OF_THE_URL,
          false,
          environment,
          new KnownWriters(),
          sequence::get);
  private final SwitchoverGate gate = new SwitchoverGate(environment, FAILOVER_TIMEOUT);

  @BeforeEach
  void oneWriter() {
    answers(A, false, 1);
    answers(B, true, 1);
    assertThat(state.topology().hasWriter()).isTrue();
  }

  private void answers(Endpoint endpoint, boolean standby, long timeline) {
    ServerStatus status =
        new ServerStatus(
            standby,
            7,
            timeline,
            null,
            null,
            standby,
            null,
            START.minusSeconds(endpoint.host().charAt(0) * 100L),
            1);
    state.observe(endpoint, new Observation.Answered(sequence.incrementAndGet(), status, true));
    gate.isClosed(state.topology());
  }

  private void isLost(Endpoint endpoint) {
    SQLException refused = new SQLException("refused", "08001", new java.net.ConnectException());
    state.observe(
        endpoint,
        new Observation.ConnectionLost(
            sequence.incrementAndGet(), new SQLException("ended", "57P01")));
    state.observe(endpoint, new Observation.Unreachable(sequence.incrementAndGet(), refused));
    assertThat(state.topology().hasWriter()).isFalse();
    gate.isClosed(state.topology());
  }

  private void pass(Duration time) {
    passed.addAndGet(time.toNanos());
  }

  private void passMillis(long millis) {
    pass(Duration.ofMillis(millis));
  }

  private Optional<String> announce(Endpoint to, Duration ahead, Announcer by) {
    ScheduledSwitchover planned =
        new ScheduledSwitchover(to, START.plusNanos(passed.get()).plus(ahead));
    return gate.announce(planned, by, state.topology());
  }

  private boolean isClosed() {
    boolean wouldHold = gate.wouldHold(state.topology());
    boolean closed = gate.isClosed(state.topology());
    assertThat(wouldHold).isEqualTo(closed);
    return closed;
  }

  @Test
  void switchover_asAnnounced_holdsFromShortlyBeforeUntilTheNewWriter() {
    assertThat(announce(B, Duration.ofSeconds(60), Announcer.NOTIFICATION)).isEmpty();

    pass(Duration.ofSeconds(59));
    assertThat(isClosed()).isFalse();
    passMillis(501);
    assertThat(isClosed()).isTrue();
    passMillis(1000);
    isLost(A);
    assertThat(isClosed()).isTrue();
    passMillis(300);
    answers(B, false, 2);
    assertThat(state.topology().hasWriter()).isTrue();

    assertThat(isClosed()).isFalse();
    answers(A, true, 1);
    pass(Duration.ofHours(1));
    assertThat(isClosed()).isFalse();
  }

  @Test
  void newTimelineBehindTheSameAddress_isTheNewWriter() {
    announce(B, Duration.ofMillis(100), Announcer.PROGRAM);
    assertThat(isClosed()).isTrue();

    isLost(A);
    answers(A, false, 2);

    assertThat(isClosed()).isFalse();
  }

  @Test
  void writerThatGoesOn_isGoneOnWithOnceTheHoldIsOver() {
    announce(B, Duration.ofSeconds(1), Announcer.PROGRAM);
    pass(Duration.ofMillis(10_999));
    assertThat(isClosed()).isTrue();
    assertThat(gate.longestWait(state.topology())).isEqualTo(Duration.ofMillis(1));

    passMillis(1);

    assertThat(isClosed()).isFalse();
  }

  /** It was restarted, or looked lost for a moment. */
  @Test
  void writerThatWasAwayAndIsTheSame_isGoneOnWithOnceTheHoldIsOver() {
    announce(B, Duration.ofSeconds(1), Announcer.PROGRAM);
    pass(Duration.ofSeconds(5));
    assertThat(isClosed()).isTrue();
    isLost(A);
    pass(Duration.ofSeconds(10));
    assertThat(isClosed()).isTrue();

    answers(A, false, 1);

    assertThat(isClosed()).isFalse();
  }

  @Test
  void noWriterAtAll_endsTheHoldByTheFailoverTimeout() {
    announce(B, Duration.ZERO, Announcer.PROGRAM);
    assertThat(isClosed()).isTrue();
    isLost(A);
    pass(Duration.ofSeconds(39));
    assertThat(isClosed()).isTrue();

    pass(Duration.ofSeconds(1));

    assertThat(isClosed()).isFalse();
  }

  @Test
  void hold_isNotLongerThanTheApplicationAllows() {
    gate.limitHold(Duration.ofSeconds(2));
    announce(B, Duration.ZERO, Announcer.PROGRAM);
    assertThat(isClosed()).isTrue();

    pass(Duration.ofSeconds(2));

    assertThat(isClosed()).isFalse();
  }

  @Test
  void switchoverBeforeItsTime_holdsNothing() {
    announce(B, Duration.ofSeconds(60), Announcer.PROGRAM);
    isLost(A);
    answers(B, false, 2);

    pass(Duration.ofSeconds(60));

    assertThat(isClosed()).isFalse();
  }

  /** The clock of whoever announced it goes a little behind. */
  @Test
  void writerThatIsGoneAlready_isWaitedForAsWell() {
    announce(B, Duration.ofSeconds(60), Announcer.PROGRAM);
    isLost(A);

    pass(Duration.ofSeconds(60));
    assertThat(isClosed()).isTrue();
    answers(B, false, 2);

    assertThat(isClosed()).isFalse();
  }

  @Test
  void announcements_thatMakeNoSense_areRefused() {
    assertThat(announce(new Endpoint("c", 1), Duration.ZERO, Announcer.PROGRAM))
        .hasValueSatisfying(why -> assertThat(why).contains("c:1").contains("a:5432"));
    assertThat(announce(A, Duration.ofSeconds(1), Announcer.PROGRAM))
        .hasValueSatisfying(why -> assertThat(why).contains("is the writer already"));
    assertThat(announce(B, Duration.ofSeconds(-3), Announcer.PROGRAM))
        .hasValueSatisfying(why -> assertThat(why).contains("is over"));
    assertThat(isClosed()).isFalse();
  }

  /** As somebody would who wants to hold the application up. */
  @Test
  void notifications_allTheTime_holdTheApplicationUpForLessThanAHundredth() {
    long closed = 0;
    long steps = 0;
    for (long millis = 0; millis < Duration.ofHours(6).toMillis(); millis += 500) {
      announce(B, Duration.ofMillis(100), Announcer.NOTIFICATION);
      closed += isClosed() ? 1 : 0;
      steps++;
      passMillis(500);
    }
    assertThat(closed).isPositive();
    assertThat((double) closed / steps).isLessThan(0.01);
  }

  @Test
  void notification_afterOneInVain_isHeededAgainOnceASwitchoverTookPlace() {
    announce(B, Duration.ZERO, Announcer.NOTIFICATION);
    pass(Duration.ofSeconds(5));
    assertThat(isClosed()).isFalse();
    assertThat(announce(B, Duration.ZERO, Announcer.NOTIFICATION))
        .hasValueSatisfying(why -> assertThat(why).contains("no notification is heeded"));

    assertThat(announce(B, Duration.ZERO, Announcer.PROGRAM)).isEmpty();
    assertThat(isClosed()).isTrue();
    isLost(A);
    answers(B, false, 2);
    assertThat(isClosed()).isFalse();

    answers(A, true, 2);
    assertThat(announce(A, Duration.ZERO, Announcer.NOTIFICATION)).isEmpty();
  }

  @Test
  void notification_takesNotThePlaceOfWhatTheProgramAnnounced() {
    announce(B, Duration.ofSeconds(60), Announcer.PROGRAM);

    assertThat(announce(B, Duration.ofHours(1), Announcer.NOTIFICATION))
        .hasValueSatisfying(why -> assertThat(why).contains("by the program"));
    assertThat(announce(B, Duration.ofSeconds(30), Announcer.PROGRAM)).isEmpty();

    pass(Duration.ofSeconds(30));
    assertThat(isClosed()).isTrue();
    assertThat(announce(B, Duration.ofSeconds(1), Announcer.PROGRAM))
        .hasValueSatisfying(why -> assertThat(why).contains("is under way"));
  }

  @Test
  void listedSwitchover_isAnnouncedOnce_andCanBeCalledOff() {
    ScheduledSwitchover planned = new ScheduledSwitchover(null, START.plusSeconds(60));
    gate.listed(planned, state.topology());
    gate.listed(null, state.topology());
    pass(Duration.ofSeconds(60));
    assertThat(isClosed()).isFalse();

    ScheduledSwitchover next = new ScheduledSwitchover(B, START.plusSeconds(120));
    gate.listed(next, state.topology());
    pass(Duration.ofSeconds(60));
    assertThat(isClosed()).isTrue();
    gate.listed(next, state.topology());
    pass(Duration.ofSeconds(10));
    assertThat(isClosed()).isFalse();
    gate.listed(next, state.topology());
    assertThat(isClosed()).isFalse();
  }
}

package io.baton.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.failover.ReplayGate.Passage;
import io.baton.routing.topology.Endpoint;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ReplayGateTest {

  private static final RecoveryLimits LIMITS =
      RecoveryLimits.of(
          RecoveryLimits.Limit.FAILOVER_TIMEOUT,
          Deadline.after(java.time.Duration.ofMinutes(1), System::nanoTime));

  private static final Endpoint LOST = new Endpoint("a", 5432);

  private final ReplayGate gate = new ReplayGate();

  private record Session(Endpoint place, AtomicInteger recorded) implements ReplayGate.Member {
    @Override
    public int recordedCalls() {
      return recorded.get();
    }
  }

  private Session session(Endpoint place, int recorded) {
    Session session = new Session(place, new AtomicInteger(recorded));
    gate.join(session);
    return session;
  }

  @Test
  void gate_isOpenUntilAServerIsLost() {
    session(LOST, 3);

    assertThat(gate.isClosed()).isFalse();
    gate.pass(LIMITS);
  }

  @Test
  void newWork_waitsForReplays() {
    Session session = session(LOST, 3);
    gate.lost(LOST);
    Passage passage = gate.setOut(session);
    CompletableFuture<Void> newWork = CompletableFuture.runAsync(() -> gate.pass(LIMITS));
    passage.arrived();
    assertThat(newWork).isNotDone();

    passage.close();

    newWork.join();
    assertThat(gate.isClosed()).isFalse();
  }

  @Test
  void newWork_doesNotWait_whereNothingWasCutOff() {
    session(LOST, 0);
    session(new Endpoint("b", 5432), 3);
    gate.lost(LOST);

    gate.pass(LIMITS);

    assertThat(gate.isClosed()).isFalse();
  }

  @Test
  void sessionWhoseCallsGoOn_wasNotCutOff() {
    Session session = session(LOST, 3);
    gate.lost(LOST);
    CompletableFuture<Void> newWork = CompletableFuture.runAsync(() -> gate.pass(LIMITS));

    session.recorded().set(4);

    newWork.join();
  }

  @Test
  void sessionThatEnds_isNotWaitedFor() {
    Session session = session(LOST, 3);
    gate.lost(LOST);
    CompletableFuture<Void> newWork = CompletableFuture.runAsync(() -> gate.pass(LIMITS));

    gate.leave(session);

    newWork.join();
  }

  @Test
  void sessionThatNeverFindsOut_isNotWaitedForLong() {
    session(LOST, 3);
    gate.lost(LOST);
    CompletableFuture<Void> newWork = CompletableFuture.runAsync(() -> gate.pass(LIMITS));

    Awaitility.await().atMost(Duration.ofSeconds(10)).until(newWork::isDone);
  }

  @Test
  void replaysThatDoNotGetOn_areNotWaitedForLong() {
    Session session = session(LOST, 3);
    gate.lost(LOST);
    Passage passage = gate.setOut(session);
    passage.arrived();

    gate.pass(LIMITS);

    assertThat(gate.isClosed()).isFalse();
    passage.close();
  }
}

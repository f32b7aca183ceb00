package io.baton.failover;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.baton.failover.RecoveryLimits.Limit;
import io.baton.routing.topology.Endpoint;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * Two sessions with open transactions lose their server at once, and each brings its own back: the
 * gate is then passed at once, whoever came first.
 */
@JCStressTest
@Outcome(id = "true, false", expect = ACCEPTABLE, desc = "closed until it is passed")
@Outcome(expect = FORBIDDEN, desc = "it stays closed, or was never")
@State
public class ReplayGateStress {

  /** Well below the grace that opens a gate which was forgotten. */
  private static final Duration SOON = Duration.ofMillis(100);

  private static final Endpoint LOST = new Endpoint("a", 5432);

  private final ReplayGate gate = new ReplayGate();
  private final Interrupted one = new Interrupted();
  private final Interrupted other = new Interrupted();

  /** A session with one recorded call. */
  private record Interrupted() implements ReplayGate.Member {

    @Override
    public Endpoint place() {
      return LOST;
    }

    @Override
    public int recordedCalls() {
      return 1;
    }

    @Override
    public boolean equals(Object another) {
      return this == another;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  /** Both are there. */
  public ReplayGateStress() {
    gate.join(one);
    gate.join(other);
  }

  private void recover(Interrupted member) {
    gate.lost(LOST);
    try (ReplayGate.Passage passage = gate.setOut(member)) {
      passage.arrived();
    }
  }

  /** A session that recovers. */
  @Actor
  public void one() {
    recover(one);
  }

  /** Another one. */
  @Actor
  public void other() {
    recover(other);
  }

  /** New work. */
  @Arbiter
  public void newWork(ZZ_Result result) {
    result.r1 = gate.isClosed();
    gate.pass(RecoveryLimits.of(Limit.CLOSED, Deadline.after(SOON, System::nanoTime)));
    result.r2 = gate.isClosed();
  }
}

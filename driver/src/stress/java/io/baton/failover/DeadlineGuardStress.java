package io.baton.failover;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** The time is over while the operation ends: who closes the guard knows whether it was aborted. */
@JCStressTest
@Outcome(id = "true, 1", expect = ACCEPTABLE, desc = "it has fired")
@Outcome(id = "false, 0", expect = ACCEPTABLE, desc = "it was closed")
@Outcome(expect = FORBIDDEN, desc = "aborted without a word, or a word without an abort")
@State
public class DeadlineGuardStress {

  private int aborts;
  private Runnable timeIsOver;
  private final DeadlineGuard guard =
      DeadlineGuard.abortAfter(
          Duration.ofSeconds(1),
          () -> aborts++,
          (delay, task) -> {
            timeIsOver = task;
            return () -> {};
          });

  /** The timer's thread. */
  @Actor
  public void timer() {
    timeIsOver.run();
  }

  /** The operation ends. */
  @Actor
  public void operation(ZI_Result result) {
    guard.close();
    result.r1 = guard.fired();
  }

  /** Looks whether it was aborted. */
  @Arbiter
  public void end(ZI_Result result) {
    result.r2 = aborts;
  }
}

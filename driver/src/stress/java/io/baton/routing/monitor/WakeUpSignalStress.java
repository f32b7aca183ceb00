package io.baton.routing.monitor;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A monitor is signalled while it looks: the signal ends this pause or the next one, but one. */
@JCStressTest
@Outcome(id = "true, false", expect = ACCEPTABLE, desc = "the pause that was under way")
@Outcome(id = "false, true", expect = ACCEPTABLE, desc = "the next one")
@Outcome(expect = FORBIDDEN, desc = "none, or both")
@State
public class WakeUpSignalStress {

  private final WakeUpSignal signal = new WakeUpSignal();

  /** Who has news. */
  @Actor
  public void signal() {
    signal.signal();
  }

  /** The monitor's pause. */
  @Actor
  public void pause(ZZ_Result result) {
    result.r1 = isSignalled();
  }

  /** Its next pause. */
  @Arbiter
  public void next(ZZ_Result result) {
    result.r2 = isSignalled();
  }

  private boolean isSignalled() {
    try {
      return signal.pause(Duration.ZERO);
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }
}

package io.baton.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.baton.failover.Deadline;
import io.baton.failover.RecoveryLimits;
import io.baton.failover.RecoveryLimits.Limit;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;
import org.openjdk.jcstress.infra.results.Z_Result;

/**
 * A session is closed, or its statement cancelled, just as its recovery begins. A recovery of a
 * closed session ends, and what guards its wait fires; who cancels is told whether it was reached.
 */
public class SessionStopStress {

  private SessionStopStress() {}

  /** A call that is cut off, and may be stopped. */
  abstract static class Interrupted {

    final SessionStop stop = new SessionStop();
    final Object statement = new Object();
    private final RecoveryLimits limits =
        RecoveryLimits.of(
            Limit.FAILOVER_TIMEOUT, Deadline.after(Duration.ofHours(1), System::nanoTime));
    private volatile boolean woken;

    /** The call. */
    void recover() {
      stop.begun(statement, limits);
      limits.onStop(() -> woken = true);
    }

    boolean isOver() {
      return limits.isOver() && woken;
    }
  }

  /** A thread closes the session. */
  @JCStressTest
  @Outcome(id = "true", expect = ACCEPTABLE, desc = "it ends")
  @Outcome(id = "false", expect = FORBIDDEN, desc = "it goes on although the session is closed")
  @State
  public static class Closed extends Interrupted {

    /** The call that is cut off. */
    @Actor
    public void call() {
      recover();
    }

    /** A thread that closes the session. */
    @Actor
    public void close() {
      stop.close();
    }

    /** Looks whether it has ended. */
    @Arbiter
    public void end(Z_Result result) {
      result.r1 = isOver();
    }
  }

  /** A thread cancels the statement. */
  @JCStressTest
  @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "it ends")
  @Outcome(id = "false, false", expect = ACCEPTABLE, desc = "the server is to be told")
  @Outcome(expect = FORBIDDEN, desc = "the answer is wrong")
  @State
  public static class Cancelled extends Interrupted {

    /** The call that is cut off. */
    @Actor
    public void call() {
      recover();
    }

    /** A thread that cancels the statement. */
    @Actor
    public void cancel(ZZ_Result result) {
      result.r1 = stop.cancel(statement);
    }

    /** Looks whether it has ended. */
    @Arbiter
    public void end(ZZ_Result result) {
      result.r2 = isOver();
    }
  }
}

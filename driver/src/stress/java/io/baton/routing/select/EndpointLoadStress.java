package io.baton.routing.select;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.baton.routing.topology.Endpoint;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJZ_Result;

/** Sessions begin and end calls side by side: none is counted for ever, or twice. */
@JCStressTest
@Outcome(id = "0, 1, true", expect = ACCEPTABLE, desc = "all have ended, one session is left")
@State
public class EndpointLoadStress {

  private static final Reliability RELIABILITY =
      Reliability.ofNewcomer(new Endpoint("a", 5432), new double[0], () -> 1);
  private static final long SHORT_NANOS = 800;
  private static final long LONG_NANOS = 8_000;

  private final EndpointLoad load = new EndpointLoad(RELIABILITY, () -> 1);

  /** A session with a short call. */
  @Actor
  public void one() {
    load.join();
    load.begin();
    load.end(SHORT_NANOS);
    load.leave();
  }

  /** A session with a long call, which stays. */
  @Actor
  public void other() {
    load.join();
    load.begin();
    load.end(LONG_NANOS);
  }

  /** Looks at what is left. */
  @Arbiter
  public void end(JJZ_Result result) {
    result.r1 = load.inFlight();
    result.r2 = load.sessions();
    result.r3 = load.latencyNanos() >= SHORT_NANOS && load.latencyNanos() <= LONG_NANOS;
  }
}

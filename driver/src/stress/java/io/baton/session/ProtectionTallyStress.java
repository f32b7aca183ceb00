package io.baton.session;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.baton.session.ProtectionTally.Cause;
import io.baton.session.ProtectionTally.Cover;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZJJ_Result;

/** A session counts, without a fence, while an operator reads: at the end nothing is missing. */
@JCStressTest
@Outcome(
    id = "true, 2, 2",
    expect = ACCEPTABLE,
    desc = "never more than there were, all at the end")
@State
public class ProtectionTallyStress {

  private static final Cause CAUSE = new Cause(Cover.SESSION, "a reason", "select");

  private final ProtectionTally tally = new ProtectionTally();

  /** The session. */
  @Actor
  public void session() {
    for (int call = 0; call < 2; call++) {
      tally.count(false, true);
      tally.lossesBy(CAUSE).increment();
    }
  }

  /** The operator. */
  @Actor
  public void operator(ZJJ_Result result) {
    long covered = tally.covered(Cover.SESSION);
    long calls = tally.calls();
    result.r1 = covered >= 0 && covered <= 2 && calls >= 0 && calls <= 2;
  }

  /** Looks at the end. */
  @Arbiter
  public void end(ZJJ_Result result) {
    result.r2 = tally.calls();
    result.r3 = tally.losses().get(0).count();
  }
}

package io.baton.session.journal;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Another thread looks how many calls are recorded, as the gate does: the number only grows. */
@JCStressTest
@Outcome(
    id = {"0, 0", "0, 1", "0, 2", "1, 1", "1, 2", "2, 2"},
    expect = ACCEPTABLE)
@Outcome(expect = FORBIDDEN, desc = "it went back")
@State
public class JournalStress {

  private final Journal<String> journal = new Journal<>(1_000);

  /** The session. */
  @Actor
  public void session() {
    journal.add("insert", 1);
    journal.add("update", 1);
  }

  /** Who looks on. */
  @Actor
  public void onlooker(II_Result result) {
    result.r1 = journal.recordedCalls();
    result.r2 = journal.recordedCalls();
  }
}

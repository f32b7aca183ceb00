package io.baton.failover.cutover;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.failover.HandOvers.Attempt;
import io.baton.failover.HandOvers.Member;
import io.baton.failover.HandOvers.NotThere;
import io.baton.failover.HandOvers.Staying;
import io.baton.failover.HandOvers.Waiting;
import io.baton.routing.topology.Endpoint;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SessionTrialsTest {

  private final SessionTrials trials = new SessionTrials();
  private final List<String> tried = new ArrayList<>();

  /** A session of a kind, and what its trials end with, the last one again and again. */
  private final class OfKind implements Member {

    private final String kind;
    private final @Nullable String obstacle;
    private final Queue<Attempt> ends;

    OfKind(String kind, @Nullable String obstacle, Attempt... ends) {
      this.kind = kind;
      this.obstacle = obstacle;
      this.ends = new ArrayDeque<>(List.of(ends));
    }

    @Override
    public Object kind() {
      return kind;
    }

    @Override
    public Attempt rehearse() {
      tried.add(kind);
      Attempt end = ends.peek();
      return end == null ? new NotThere() : ends.size() > 1 ? ends.remove() : end;
    }

    @Override
    public @Nullable String obstacle() {
      return obstacle;
    }

    @Override
    public long number() {
      return 1;
    }

    @Override
    public boolean isAt(Endpoint endpoint) {
      return true;
    }

    @Override
    public Attempt handOver(Endpoint from, @Nullable Endpoint to) {
      throw new AssertionError("a rehearsal moves no session");
    }

    @Override
    public @Nullable Attempt stay(Endpoint from, @Nullable Endpoint to) {
      return null;
    }

    @Override
    public boolean isOnWriterAt(Endpoint endpoint) {
      return true;
    }

    @Override
    public boolean isPrepared() {
      return false;
    }

    @Override
    public Attempt rest() {
      throw new AssertionError("a rehearsal brings no session to rest");
    }

    @Override
    public boolean interrupt() {
      throw new AssertionError("a rehearsal interrupts no session");
    }

    @Override
    public boolean isHeldBy(Endpoint endpoint) {
      return true;
    }

    @Override
    public List<Integer> backends() {
      return List.of();
    }
  }

  private void tryAll(List<Member> members) {
    long limit = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!trials.tryNext(members)) {
      assertThat(System.nanoTime()).as("%s", tried).isLessThan(limit);
      Thread.onSpinWait();
    }
  }

  private List<String> notes() {
    return trials.notes().stream().map(note -> note.type() + " " + note.values()).toList();
  }

  @Test
  void oneSessionOfEachKind_isTried() {
    tryAll(
        List.of(
            new OfKind("a", null),
            new OfKind("b", null, new Staying("no such role")),
            new OfKind("a", null, new Staying("it is not the first of its kind")),
            new OfKind("b", "a cursor WITH HOLD is open")));

    assertThat(tried).containsExactly("a", "b");
    assertThat(notes())
        .containsExactly(
            "TRIED [4, 2, 2]", "REFUSED [2, b, no such role]", "HELD [a cursor WITH HOLD is open]");
  }

  @Test
  void whatMayGoWellLater_isTriedAgain_behindTheOthers() {
    tryAll(
        List.of(
            new OfKind("full", null, new Waiting("too many clients"), new NotThere()),
            new OfKind("other", null)));

    assertThat(tried).containsExactly("full", "other", "full");
    assertThat(notes()).containsExactly("TRIED [2, 2, 2]");
  }

  @Test
  void whatNeverGoesWell_isSaidWithItsReason_andKeepsNoOtherFromBeingTried() {
    List<Member> members =
        List.of(new OfKind("full", null, new Waiting("too many")), new OfKind("other", null));
    assertThat(trials.tryNext(members)).isFalse();
    assertThat(trials.tryNext(members)).isFalse();

    assertThat(tried).containsExactly("full", "other");
    assertThat(notes()).containsExactly("TRIED [2, 2, 1]", "REFUSED [1, full, too many]");
  }

  @Test
  void kindsWhoseSessionsHaveEnded_areNotWaitedFor() {
    trials.tryNext(List.of(new OfKind("gone", null, new Waiting("a moment"))));

    tryAll(List.of(new OfKind("there", null)));

    assertThat(notes()).containsExactly("TRIED [1, 1, 1]");
  }

  @Test
  void kindsBeyondABound_areNotTried_whichIsSaid() {
    List<Member> members = new ArrayList<>();
    for (int i = 0; i < SessionTrials.MOST + 5; i++) {
      members.add(new OfKind("kind " + i, null));
    }
    tryAll(members);

    assertThat(tried).hasSize(SessionTrials.MOST);
    assertThat(notes())
        .containsExactly(
            "TRIED [%1$d, %1$d, %2$d]".formatted(SessionTrials.MOST + 5, SessionTrials.MOST));
  }

  @Test
  void notes_goThroughALine_andWhatIsNoneIsLeftOut() {
    RehearsalNote note = RehearsalNote.refused(3, "role\tboss", "it\nis missing");

    assertThat(RehearsalNote.of(note.line())).isEqualTo(note);
    assertThat(RehearsalNote.of("REFUSED\tonly one")).isNull();
    assertThat(RehearsalNote.of("LATER\tsomething")).isNull();
    assertThat(RehearsalNote.of("READ" + "\tx".repeat(15))).isNull();
  }
}

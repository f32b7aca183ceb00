package io.baton.failover.reads;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.failover.Deadline;
import io.baton.failover.reads.ReadComparer.Outcome;
import io.baton.failover.reads.ReadComparison.Verdict;
import io.baton.session.journal.Fingerprint;
import io.baton.session.journal.RowHashes;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Looks at two sides that move, without a server: a history of states, and one who is behind. */
class ReadComparerTest {

  private static final List<String> READ = List.of("the read");

  private static Look rows(String... values) {
    return rows(null, false, values);
  }

  private static Look rows(@Nullable String order, boolean onlyOrder, String... values) {
    return rows(1, order, onlyOrder, values);
  }

  private static Look rows(
      long millis, @Nullable String order, boolean onlyOrder, String... values) {
    RowHashes hashes = new RowHashes();
    for (String value : values) {
      Fingerprint row = new Fingerprint();
      row.add(value);
      hashes.add(row);
    }
    return new Look.Rows(hashes, order, onlyOrder, Duration.ofMillis(millis).toNanos());
  }

  private static long millis(Outcome outcome) {
    return outcome.successor() instanceof Look.Rows rows
        ? Duration.ofNanos(rows.nanos()).toMillis()
        : -1;
  }

  private static Outcome compare(
      ReadComparer.Side<String> old,
      ReadComparer.Side<String> successor,
      ReadComparer.Position position)
      throws SQLException {
    Deadline deadline = new Deadline(() -> 0, Duration.ofHours(1).toNanos());
    return new ReadComparer<>(old, successor, position, () -> {})
        .compare(READ, deadline, () -> false)
        .getOrDefault(READ.get(0), Outcome.OPEN);
  }

  private static @Nullable Verdict verdict(Look here, Look there) throws SQLException {
    return compare(read -> here, read -> there, () -> true).verdict();
  }

  /** A history of one value on the old side, of which the new side has a beginning. */
  private static final class History {
    final List<Look> states = new ArrayList<>();
    final Random random;
    int applied;

    History(long seed) {
      random = new Random(seed);
      states.add(rows("0"));
    }

    /** Writers write, and replication goes on, as it happens. */
    void goOn(int values) {
      for (int writes = random.nextInt(3); writes > 0; writes--) {
        states.add(rows(String.valueOf(random.nextInt(values))));
      }
      applied += random.nextInt(states.size() - applied);
    }

    boolean arrive() {
      applied = states.size() - 1;
      return true;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 1000})
  void sideThatFollows_neverDiffers_howeverFastItMoves(int values) throws SQLException {
    int same = 0;
    for (int seed = 0; seed < 300; seed++) {
      History history = new History(seed);
      Outcome outcome =
          compare(
              read -> {
                history.goOn(values);
                return history.states.get(history.states.size() - 1);
              },
              read -> {
                history.goOn(values);
                return history.states.get(history.applied);
              },
              history::arrive);
      assertThat(outcome.verdict()).as("seed %d", seed).isIn(Verdict.SAME, Verdict.MOVES);
      same += outcome.verdict() == Verdict.SAME ? 1 : 0;
    }
    assertThat(same).isPositive();
  }

  @Test
  void sideThatLacksARow_differs_alsoIfItMovedAtFirst() throws SQLException {
    int[] looks = new int[1];
    Outcome outcome =
        compare(
            read -> {
              looks[0]++;
              String moving = String.valueOf(Math.min(looks[0], 6));
              return rows("a", moving);
            },
            read -> rows("a"),
            () -> true);

    assertThat(outcome.verdict()).isEqualTo(Verdict.ROWS);
    assertThat(outcome.streak()).isEqualTo(ReadComparer.ROUNDS_OF_A_DIFFERENCE);
  }

  @Test
  void whatIsBehind_isNotADifference() throws SQLException {
    assertThat(compare(read -> rows("new"), read -> rows("old"), () -> false).verdict())
        .isEqualTo(Verdict.MOVES);
  }

  @Test
  void differenceThatIsSeenThreeTimes_andThenGone_isNone() throws SQLException {
    int[] looks = new int[1];
    Outcome outcome =
        compare(read -> rows("a"), read -> rows(looks[0]++ < 3 ? "b" : "a"), () -> true);

    assertThat(outcome.verdict()).isEqualTo(Verdict.SAME);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void lookThatWaitedForAProcessor_isMadeAgain(int slowLooks) throws SQLException {
    int[] looks = new int[1];
    Outcome outcome =
        compare(
            read -> rows("a"),
            read -> rows(looks[0]++ < slowLooks ? 50 : 2, null, false, "a"),
            () -> true);

    assertThat(outcome.verdict()).isEqualTo(Verdict.SAME);
    assertThat(millis(outcome)).isEqualTo(2);
    assertThat(looks[0]).isEqualTo(slowLooks + 1);
  }

  @Test
  void readThatIsSlowEachTime_isTheSame_andItsQuickestTimeCounts() throws SQLException {
    int[] looks = new int[1];
    Outcome outcome =
        compare(read -> rows("a"), read -> rows(60 - looks[0]++, null, false, "a"), () -> true);

    assertThat(outcome.verdict()).isEqualTo(Verdict.SAME);
    assertThat(millis(outcome)).isEqualTo(57);
    assertThat(looks[0]).isEqualTo(ReadComparer.ROUNDS_OF_A_DIFFERENCE);
  }

  @Test
  void rows_inAnotherOrder_differOnlyIfTheyAreOrdered() throws SQLException {
    assertThat(verdict(rows("a", "b"), rows("b", "a"))).isEqualTo(Verdict.SAME);
    assertThat(verdict(rows("1", false, "a", "b"), rows("2", false, "b", "a")))
        .isEqualTo(Verdict.ORDER);
    assertThat(verdict(rows("1", true, "a", "b"), rows("1", true, "a", "c")))
        .as("which of those that are alike in their order are among the first is left open")
        .isEqualTo(Verdict.SAME);
    assertThat(verdict(rows("1", true, "a"), rows("1", true, "a", "b"))).isEqualTo(Verdict.ROWS);
  }

  @Test
  void errors_areToldApart() throws SQLException {
    Look refused = new Look.Refused("42883", "function f() does not exist");
    assertThat(verdict(rows("a"), refused)).isEqualTo(Verdict.REFUSED);
    assertThat(verdict(rows("a"), new Look.Refused("57014", "error 57014")))
        .isEqualTo(Verdict.SLOW);
    assertThat(verdict(refused, refused)).isEqualTo(Verdict.UNFIT);
    assertThat(verdict(rows("a"), new Look.Unfit("it is large"))).isEqualTo(Verdict.UNFIT);
  }
}

package io.baton.routing.consistency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class CausalClockTest {

  private static final Tables A = Tables.of(Set.of("a"));
  private static final Tables B = Tables.of(Set.of("b"));
  private static final Tables BOTH = Tables.of(Set.of("a", "b"));

  private final CausalClock clock = new CausalClock();

  private static TimelinePosition at(long position) {
    return new TimelinePosition(1, new Lsn(position));
  }

  private void sample(long position) {
    clock.sampled(clock.writes(), at(position));
  }

  @Test
  void nothingWritten_needsNothing() {
    assertThat(clock.known(Tables.ALL)).isEqualTo(TimelinePosition.NONE);
    assertThat(clock.known(BOTH)).isEqualTo(TimelinePosition.NONE);
    assertThat(clock.known(Tables.NONE)).isEqualTo(TimelinePosition.NONE);
  }

  @Test
  void writeToATable_mattersToReadsOfIt_andToThoseOfAll() {
    clock.wrote(A);

    assertThat(clock.known(A)).isNull();
    assertThat(clock.known(BOTH)).isNull();
    assertThat(clock.known(Tables.ALL)).isNull();
    assertThat(clock.known(B)).isEqualTo(TimelinePosition.NONE);
    assertThat(clock.known(Tables.NONE)).isEqualTo(TimelinePosition.NONE);

    sample(10);
    assertThat(clock.known(A)).isEqualTo(at(10));
    assertThat(clock.known(BOTH)).isEqualTo(at(10));
    assertThat(clock.known(Tables.ALL)).isEqualTo(at(10));
  }

  @Test
  void writeToWhatIsNotKnown_mattersToAll() {
    clock.wrote();

    assertThat(clock.known(A)).isNull();
    assertThat(clock.known(Tables.NONE)).isNull();
    sample(10);
    assertThat(clock.known(B)).isEqualTo(at(10));
  }

  @Test
  void tableThatIsNotWrittenAnyMore_needsNoMore_howeverBusyOthersAre() {
    clock.wrote(B);
    sample(10);
    assertThat(clock.known(B)).isEqualTo(at(10));
    for (int i = 11; i < 100; i++) {
      clock.wrote(A);
      sample(i);
    }

    assertThat(clock.known(B)).isEqualTo(at(10));
    assertThat(clock.known(A)).isEqualTo(at(99));
    clock.wrote(A);
    assertThat(clock.known(B)).isEqualTo(at(10));
    assertThat(clock.known(A)).isNull();
    clock.wrote(B);
    assertThat(clock.known(B)).isNull();
  }

  @Test
  void positionAskedBeforeAWrite_doesNotCoverIt() {
    long before = clock.writes();
    clock.wrote(A);
    clock.sampled(before, at(10));

    assertThat(clock.known(A)).isNull();
    assertThat(clock.known(Tables.ALL)).isNull();
  }

  @Test
  void tooManyTables_countAsAll() {
    for (int i = 0; i < CausalClock.MOST_TABLES; i++) {
      clock.wrote(Tables.of(Set.of("t" + i)));
    }
    sample(10);
    assertThat(clock.known(Tables.of(Set.of("t1")))).isEqualTo(at(10));
    clock.wrote(Tables.of(Set.of("t1")));
    assertThat(clock.known(Tables.of(Set.of("t2")))).isEqualTo(at(10));

    clock.wrote(Tables.of(Set.of("one more")));
    assertThat(clock.known(Tables.of(Set.of("t2")))).isNull();
  }

  @Test
  void clusterThatIsReplaced_needsWhatItsOwnWriterSays() {
    clock.wrote(A);
    sample(1000);
    assertThat(clock.known(A)).isEqualTo(at(1000));

    clock.wrote(B);
    sample(20);

    assertThat(clock.known(A)).isEqualTo(at(20));
  }

  @Test
  void laterTimeline_needsNoMoreOfWhatWasWrittenBefore() {
    clock.wrote(A);
    sample(1000);
    assertThat(clock.known(A)).isEqualTo(at(1000));
    clock.wrote(B);
    clock.sampled(clock.writes(), new TimelinePosition(2, new Lsn(1100)));

    assertThat(clock.known(A)).isEqualTo(at(1000));
    assertThat(clock.known(BOTH)).isEqualTo(new TimelinePosition(2, new Lsn(1100)));
  }

  @Test
  void tables_addUp() {
    assertThat(A.and(B)).isEqualTo(BOTH);
    assertThat(A.and(Tables.NONE)).isEqualTo(A);
    assertThat(A.and(Tables.ALL)).isEqualTo(Tables.ALL);
    assertThat(Tables.ALL.and(A)).isEqualTo(Tables.ALL);
    assertThat(Tables.NONE.and(Tables.ALL)).isEqualTo(Tables.ALL);
    assertThat(Tables.of(null)).isEqualTo(Tables.ALL);
    assertThat(Tables.of(Set.of())).isEqualTo(Tables.NONE);
  }
}

package io.baton.session.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What is compared of the rows of a result. */
class RowTraceTest {

  private static RowTrace read(String... values) {
    RowTrace trace = RowTrace.ofRows();
    for (String value : values) {
      trace.value(value.getBytes(StandardCharsets.UTF_8));
      trace.rowRead();
    }
    return trace;
  }

  private static RowTrace toldOfFollowing(boolean there) {
    RowTrace trace = read("a");
    trace.toldOfFollowing(there);
    return trace;
  }

  private static RowTrace ended(String... values) {
    RowTrace trace = read(values);
    trace.endReached();
    return trace;
  }

  @Test
  void sameRows_doNotDiffer() {
    assertThat(read("a", "b").differenceTo(read("a", "b"))).isNull();
    assertThat(ended("a").differenceTo(ended("a"))).isNull();
    assertThat(toldOfFollowing(true).differenceTo(toldOfFollowing(true))).isNull();
    assertThat(toldOfFollowing(false).differenceTo(toldOfFollowing(false))).isNull();
  }

  @Test
  void otherValues_differ() {
    assertThat(read("a").differenceTo(read("b"))).isEqualTo("other values in its rows");
  }

  @Test
  void fewerRows_differ() {
    assertThat(read("a", "b").differenceTo(read("a")))
        .isEqualTo("1 rows where there had been at least 2");
    assertThat(ended("a", "b").differenceTo(read("a"))).isEqualTo("1 rows where there had been 2");
  }

  @Test
  void rowsBehindTheEnd_differ() {
    assertThat(ended("a").differenceTo(read("a"))).isEqualTo("more than the 1 rows there had been");
  }

  @Test
  void lastRow_thatIsNoLongerTheLast_differs() {
    assertThat(toldOfFollowing(false).differenceTo(toldOfFollowing(true)))
        .isEqualTo("more than the 1 rows there had been");
  }

  @Test
  void followingRow_thatIsGone_differs() {
    assertThat(toldOfFollowing(true).differenceTo(toldOfFollowing(false)))
        .isEqualTo("1 rows where there had been more");
  }

  @Test
  void whatWasToldOfARowThatWasReadSince_isNotComparedTwice() {
    RowTrace trace = toldOfFollowing(true);
    trace.value("b".getBytes(StandardCharsets.UTF_8));
    trace.rowRead();

    assertThat(trace.differenceTo(read("a", "b"))).isNull();
  }

  private static RowTrace readInto(RowTrace trace, String... values) {
    for (String value : values) {
      trace.value(value.getBytes(StandardCharsets.UTF_8));
    }
    trace.rowRead();
    return trace;
  }

  @Test
  void columnsOfWhichNoValueWasTold_doNotCount() {
    RowTrace seen = readInto(readInto(RowTrace.ofColumns(2), "1", "now"), "2", "now");

    seen.toldValue(1);

    assertThat(seen.differenceTo(readInto(readInto(seen.ofAnother(), "1", "x"), "2", "y")))
        .isNull();
    assertThat(seen.differenceTo(readInto(readInto(seen.ofAnother(), "1", "now"), "3", "now")))
        .isEqualTo("other values in its rows");
    assertThat(seen.differenceTo(readInto(seen.ofAnother(), "1", "now")))
        .isEqualTo("1 rows where there had been at least 2");
  }

  @Test
  void columnOfWhichAValueWasTold_countsInAllRows_andOnAnotherResultToo() {
    RowTrace seen = readInto(RowTrace.ofColumns(2), "1", "now");
    seen.toldValue(1);
    RowTrace again = readInto(seen.ofAnother(), "1", "later");

    again.toldValue(2);

    assertThat(again.differenceTo(readInto(again.ofAnother(), "1", "later"))).isNull();
    assertThat(again.differenceTo(readInto(again.ofAnother(), "1", "now"))).isNotNull();
    assertThat(again.differenceTo(readInto(again.ofAnother(), "2", "later"))).isNotNull();
  }
}

package io.baton.failover.cutover;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.failover.reads.ReadCase;
import io.baton.failover.reads.ReadCases;
import io.baton.failover.reads.ReadComparison;
import io.baton.failover.reads.ReadComparison.Verdict;
import io.baton.failover.reads.ReadSide;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReadFindingsTest {

  private static final List<String> SCAN = List.of("Seq Scan on t");

  private static ReadSide side(String hash, long millis, List<String> plan) {
    return new ReadSide(hash, 3, millis * 1_000_000, plan, "");
  }

  private static ReadComparison read(
      String text, Verdict verdict, ReadSide old, ReadSide successor) {
    return new ReadComparison(
        ReadCase.Name.of(text, List.of("int4")), verdict, "why: 100%", old, successor);
  }

  private static ReadComparison same(String text, long here, long there, List<String> plan) {
    return read(text, Verdict.SAME, side("1", here, SCAN), side("1", there, plan));
  }

  private static List<String> texts(List<CutoverFinding> findings) {
    return findings.stream()
        .map(found -> (found.obstacle() ? "NO-GO " : "") + found.what())
        .toList();
  }

  @ParameterizedTest
  @CsvSource({"ROWS, true", "REFUSED, true", "ORDER, false", "LEFT_OPEN, false", "SLOW, false"})
  void difference_isNamedWithItsRead(Verdict verdict, boolean obstacle) {
    assertThat(
            ReadFindings.of(
                List.of(read("select a", verdict, side("1", 1, SCAN), side("2", 1, SCAN)))))
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.obstacle()).isEqualTo(obstacle);
              assertThat(found.what()).contains("select a (int4)");
            });
  }

  @Test
  void whatIsTheSame_isNamedOnlyIfItIsMadeInAnotherWay_orMuchSlower() {
    assertThat(ReadFindings.of(List.of(same("select a", 10, 30, SCAN)))).isEmpty();
    assertThat(texts(ReadFindings.of(List.of(same("select a", 10, 90, SCAN)))))
        .singleElement()
        .asString()
        .startsWith("A read is slower");
    assertThat(texts(ReadFindings.of(List.of(same("select a", 10, 10, List.of("Index Scan"))))))
        .singleElement()
        .asString()
        .contains("another plan", "[Seq Scan on t] here, [Index Scan] over there");
  }

  @Test
  void whatWasNotCompared_isNamedByItsReason() {
    List<ReadComparison> reads =
        List.of(
            read("select a", Verdict.MOVES, ReadSide.NONE, ReadSide.NONE),
            read("select b", Verdict.UNFIT, ReadSide.NONE, ReadSide.NONE));

    assertThat(texts(ReadFindings.of(reads)))
        .containsExactly("Reads were not compared, for why: 100%: select a, select b");
    assertThat(ReadFindings.cases(reads).cases()).isEmpty();
  }

  @Test
  void file_isComparedWithWhatIsSeenNow() {
    ReadCases file =
        ReadFindings.cases(
            List.of(
                same("select fast", 1, 1, SCAN),
                same("select moved", 5, 5, SCAN),
                same("select unseen", 5, 5, SCAN)));
    List<ReadComparison> now =
        List.of(
            same("select fast", 150, 150, SCAN),
            read(
                "select moved",
                Verdict.ROWS,
                side("1", 5, List.of("Index Scan")),
                side("2", 5, List.of("Index Scan"))),
            same("select another", 1, 1, SCAN));

    assertThat(texts(ReadFindings.against(now, file)))
        .satisfiesExactlyInAnyOrder(
            one -> assertThat(one).startsWith("NO-GO A read differs").contains("select moved"),
            one -> assertThat(one).contains("much faster when the file").contains("select fast"),
            one -> assertThat(one).contains("had another plan when").contains("select moved"),
            one -> assertThat(one).contains("that were seen: 2", "the very rows of then", ": 1"),
            one -> assertThat(one).contains("not seen, or not compared: select unseen (int4)"),
            one -> assertThat(one).isEqualTo("Reads that are not in the file: 1"));
  }
}

package io.baton.failover.reads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReadCasesTest {

  private static final ReadCase ONE =
      new ReadCase(
          ReadCase.Name.of("select \"a\tb\" from t where x = ?", List.of("int4", "text")),
          "0123",
          7,
          List.of("Sort", "Seq Scan on t"),
          TimeClass.UNDER_10_MS);

  @TempDir Path folder;

  @Test
  void file_isReadAsItWasWritten_inAnOrderOfItsOwn() throws IOException {
    ReadCase other =
        new ReadCase(
            ReadCase.Name.of("x".repeat(10_000), List.of()), "", 0, List.of(), TimeClass.LONGER);
    Path file = folder.resolve("reads");
    Path again = folder.resolve("again");

    new ReadCases(List.of(ONE, other)).write(file);
    new ReadCases(List.of(other, ONE)).write(again);

    assertThat(ReadCases.read(file).cases()).containsExactlyInAnyOrder(ONE, other);
    assertThat(again).hasSameTextualContentAs(file);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "baton reads 2 | first line",
        "baton reads 1#one field | line 2: it has 1 fields",
        "baton reads 1#a~b~c~d~many~f~LONGER | line 2: the number of rows is 'many'",
        "baton reads 1##a~b~c~d~1~f~SOON | line 3: the class of time is 'SOON'",
        "baton reads 1#a\\x~b | line 2: a backslash before 'x'",
      })
  void file_thatIsNone_isRefusedWithItsLine(String content, String told) throws IOException {
    Path file = folder.resolve("reads");
    Files.writeString(file, content.replace('#', '\n').replace('~', '\t'));

    assertThatThrownBy(() -> ReadCases.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(told);
  }

  @Test
  void lines_giveBackTheirFields_whateverIsInThem() {
    Random random = new Random(1);
    String characters = "a\\\t\n\rtn \u00e9";
    for (int round = 0; round < 500; round++) {
      List<String> fields = new ArrayList<>();
      for (int field = 0; field < 1 + random.nextInt(4); field++) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(6); i > 0; i--) {
          text.append(characters.charAt(random.nextInt(characters.length())));
        }
        fields.add(text.toString());
      }
      assertThat(Fields.line(fields)).doesNotContain("\n");
      assertThat(Fields.of(Fields.line(fields))).isEqualTo(fields);
    }
  }

  @Test
  void comparison_goesThroughALine() {
    ReadSide side = new ReadSide("12", 3, 456, List.of("Seq Scan on t"), "7");
    ReadComparison comparison =
        new ReadComparison(ONE.name(), ReadComparison.Verdict.ROWS, "a\tnote", side, ReadSide.NONE);

    assertThat(ReadComparison.of(Fields.of(Fields.line(comparison.fields()))))
        .isEqualTo(comparison);
  }
}

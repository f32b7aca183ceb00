package io.baton.jdbc.options;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Holds the table of the reference page to the options. To write it anew after a change of the
 * options, run this test with {@code -Dbaton.docs.rewrite=true}.
 */
class OptionsReferenceTest {

  private static final Path PAGE =
      Path.of(System.getProperty("basedir", "."), "..", "docs", "reference", "options.md");
  private static final String BEGIN = "<!-- The table is made from the options: begin -->\n";
  private static final String END = "<!-- end -->\n";

  @Test
  void referencePage_comparedWithTheOptions_saysWhatTheySay() throws IOException {
    String page = Files.readString(PAGE);
    String expected = withTable(page);
    if (Boolean.getBoolean("baton.docs.rewrite")) {
      Files.writeString(PAGE, expected);
    }

    assertThat(Files.readString(PAGE)).isEqualTo(expected);
    assertThat(BatonOption.all()).allSatisfy(option -> assertThat(expected).contains(row(option)));
  }

  private static String withTable(String page) {
    int begin = page.indexOf(BEGIN);
    int end = page.indexOf(END);
    assertThat(begin).as("place of the table").isNotNegative().isLessThan(end);
    return page.substring(0, begin + BEGIN.length()) + table() + page.substring(end);
  }

  private static String table() {
    return "| option | bean property | default | values | what it does |\n"
        + "|---|---|---|---|---|\n"
        + BatonOption.all().stream().map(OptionsReferenceTest::row).collect(Collectors.joining());
  }

  private static String row(BatonOption<?> option) {
    return cells(
        List.of(
            "`" + option.name() + "`",
            "`" + option.beanName() + "`",
            option.defaultDescription().contains(" ")
                ? option.defaultDescription()
                : "`" + option.defaultDescription() + "`",
            option.choices().isEmpty() ? option.description() : code(option.choices()),
            option.help()));
  }

  private static String code(List<String> values) {
    return values.stream().map(value -> "`" + value + "`").collect(Collectors.joining(", "));
  }

  private static String cells(List<String> texts) {
    return texts.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
  }
}

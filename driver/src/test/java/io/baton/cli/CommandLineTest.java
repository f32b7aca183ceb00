package io.baton.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whoever calls it wrongly is told what is wrong, and what would be right. */
class CommandLineTest {

  private static final String URLS =
      " --old=jdbc:postgresql://h1/db?password=secret --new=jdbc:postgresql://h2/db";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

  private int run(String line) {
    return new Baton(
            Map.of("PGPASSWORD", "secret"),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(errors, true, StandardCharsets.UTF_8))
        .run(line.isEmpty() ? List.of() : List.of(line.split(" ")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cutover reherse           | There is no command 'cutover reherse'. Did you mean 'cutover"
            + " rehearse'?",
        "undo                      | There is no command 'undo'. Did you mean 'cutover undo'?",
        "--old x                   | The command comes first, such as",
        "cutover status            | --old is missing.",
        "cutover status --old      | --old has no value.",
        "cutover status --old --new | --old has no value.",
        "rehearse recrod           | There is no command 'rehearse recrod'. Did you mean 'rehearse"
            + " record'?",
        "rehearse compare --old jdbc:postgresql://h/db --new jdbc:postgresql://i/db --file none"
            + " | --file: there is no file none that can be read",
        "cutover status --odl x    | 'cutover status' has no --odl. Did you mean --old?",
        "cutover status secret     | A value stands where one of [--old] should be.",
        "cutover status --old=a --old=b | --old is given twice.",
        "cutover status --old postgresql://u:secret@h/db | --old: a URL starts with"
            + " jdbc:postgresql:// or jdbc:baton:postgresql://.",
        "cutover status --old jdbc:postgresql://u:secret@h/db | --old:",
        "cutover status --old jdbc:postgresql://h:port/db | --old:",
      })
  void mistake_isNamed_withWhatWouldBeRight(String line, String message) {
    assertThat(run(line)).isEqualTo(2);

    assertThat(errors.toString(StandardCharsets.UTF_8))
        .startsWith(message)
        .containsAnyOf("cutover ", "rehearse ")
        .doesNotContain("secret@", "=secret");
    assertThat(out.size()).isZero();
  }

  @Test
  void mistakeInATime_isNamed_withWhatIsAllowed() {
    assertThat(run("cutover run --pause 2" + URLS)).isEqualTo(2);

    assertThat(errors.toString(StandardCharsets.UTF_8))
        .startsWith("--pause=2 is not valid: the unit is missing, as in 2s or 2ms.")
        .contains("--drain-time <time>")
        .doesNotContain("secret");
  }

  @Test
  void mistakeInAHost_isNamed() {
    assertThat(run("cutover run --to h4:x" + URLS)).isEqualTo(2);

    assertThat(errors.toString(StandardCharsets.UTF_8))
        .startsWith("--to: 'h4:x' has 'x' where a port should be");
  }

  @ParameterizedTest
  @CsvSource({"help, 0", "cutover run --help, 0", "'', 2"})
  void help_namesEveryCommand(String line, int end) {
    assertThat(run(line)).isEqualTo(end);

    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("rehearse record:", "rehearse compare:")
        .contains("cutover rehearse:", "cutover run:", "cutover status:", "cutover undo:");
  }

  @Test
  void serverThatDoesNotAnswer_isSaid_withoutThePassword() {
    assertThat(run("cutover status --old jdbc:postgresql://localhost:1/db?password=secret"))
        .isEqualTo(3);

    assertThat(errors.toString(StandardCharsets.UTF_8))
        .contains("localhost:1", "08001")
        .doesNotContain("secret");
  }

  @Test
  void cutover_isNotBegun_whereAServerDoesNotAnswer() {
    assertThat(
            run(
                "cutover run --to localhost:1 --old jdbc:postgresql://localhost:1/db?user=x"
                    + " --new jdbc:postgresql://localhost:1/db?user=x"))
        .isEqualTo(3);

    assertThat(errors.toString(StandardCharsets.UTF_8))
        .contains("localhost:1", "08001")
        .doesNotContain("not known");
  }
}

package io.baton.differences;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a test has compared, and what differed: each difference has to be one that is known, with
 * its reason, and each that is known has to be there.
 */
final class Comparison {

  private static final Path PAGE =
      Path.of(System.getProperty("basedir", "."), "..", "docs", "reference", "differences.md");

  private static final int TEN = 10;
  private static final int HUNDRED = 100;

  /**
   * A difference that is left.
   *
   * @param calls which calls it is, as a pattern of their text
   * @param shown how they are named on the page
   * @param difference what differs
   * @param reason why it is left
   */
  record Known(Pattern calls, String shown, String difference, String reason) {

    static Known of(String calls, String shown, String difference, String reason) {
      return new Known(Pattern.compile(calls, Pattern.DOTALL), shown, difference, reason);
    }
  }

  private final String title;
  private final List<Known> known;
  private final Set<Known> found = new LinkedHashSet<>();
  private final List<String> unknown = new ArrayList<>();
  private final List<String> counted = new ArrayList<>();
  private int compared;

  Comparison(String title, List<Known> known) {
    this.title = title;
    this.known = known;
  }

  /** Compares what two drivers told of the same call. */
  void add(String call, String pgjdbc, String baton) {
    compared++;
    if (pgjdbc.equals(baton)) {
      return;
    }
    List<Known> fitting =
        known.stream().filter(one -> one.calls().matcher(call).matches()).toList();
    found.addAll(fitting);
    if (fitting.isEmpty()) {
      unknown.add(call + "\n    pgjdbc " + pgjdbc + "\n    Baton  " + baton);
    }
  }

  /** A group of calls is over. */
  void counted(String group) {
    // A newer JDK has a few methods more.
    int step = compared < HUNDRED ? TEN : HUNDRED;
    counted.add("| " + group + " | " + (compared - compared % step) + " |");
    compared = 0;
  }

  /** Asserts that there are the known differences and no others, and that the page says so. */
  void assertAsTold() throws IOException {
    assertThat(String.join("\n", unknown)).as("differences that are not known").isEmpty();
    assertThat(known).as("differences that there are").allMatch(found::contains);
    String page = Files.readString(PAGE);
    String expected = within(page);
    if (Boolean.getBoolean("baton.docs.rewrite")) {
      Files.writeString(PAGE, expected);
    }
    assertThat(Files.readString(PAGE)).isEqualTo(expected);
  }

  private String within(String page) {
    String begin = "<!-- " + title + ", made by a test: begin -->\n";
    String end = "<!-- " + title + ": end -->\n";
    int from = page.indexOf(begin);
    int to = page.indexOf(end);
    assertThat(from).as("place of " + title).isNotNegative().isLessThan(to);
    return page.substring(0, from + begin.length()) + tables() + page.substring(to);
  }

  private String tables() {
    StringBuilder tables = new StringBuilder("\n| compared | calls, at least |\n|---|---|\n");
    counted.forEach(line -> tables.append(line).append('\n'));
    tables.append('\n');
    if (known.isEmpty()) {
      return tables.append("No difference is left.\n\n").toString();
    }
    tables.append("| calls | what differs | why |\n|---|---|---|\n");
    for (Known one : known) {
      tables.append("| " + one.shown() + " | " + one.difference() + " | " + one.reason() + " |\n");
    }
    return tables.append('\n').toString();
  }
}

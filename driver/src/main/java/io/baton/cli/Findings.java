package io.baton.cli;

import io.baton.CutoverFinding;
import java.io.PrintStream;
import java.util.Comparator;
import java.util.List;

/** What a rehearsal has found, as a table with its verdict below. */
final class Findings {

  private Findings() {}

  /**
   * Prints them, obstacles first, and the verdict.
   *
   * @return 0 for go, 1 for no-go
   */
  static int report(List<CutoverFinding> findings, PrintStream out) {
    TextTable table = new TextTable("", "found", "what to do");
    findings.stream()
        .sorted(Comparator.comparing(CutoverFinding::obstacle).reversed())
        .forEach(
            found -> table.add(found.obstacle() ? "NO-GO" : "look", found.what(), found.remedy()));
    if (!findings.isEmpty()) {
      out.println(table.text());
    }
    long obstacles = findings.stream().filter(CutoverFinding::obstacle).count();
    out.println(
        obstacles == 0
            ? "go"
            : "no-go: " + obstacles + (obstacles == 1 ? " obstacle" : " obstacles"));
    return obstacles == 0 ? 0 : 1;
  }
}

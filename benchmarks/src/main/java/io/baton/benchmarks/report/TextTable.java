package io.baton.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A table for terminals. */
public final class TextTable {
  private TextTable() {}

  /**
   * Lays out a table.
   *
   * @param leftAligned how many of the columns hold text; the others hold numbers
   */
  public static String of(List<String> header, List<List<String>> rows, int leftAligned) {
    List<List<String>> lines = new ArrayList<>();
    lines.add(header);
    lines.addAll(rows);
    StringBuilder text = new StringBuilder();
    for (List<String> line : lines) {
      for (int i = 0; i < header.size(); i++) {
        text.append(cell(line.get(i), width(lines, i), i < leftAligned)).append("  ");
      }
      text.setLength(text.toString().stripTrailing().length());
      text.append('\n');
    }
    return text.toString();
  }

  private static int width(List<List<String>> lines, int column) {
    return lines.stream().mapToInt(line -> line.get(column).length()).max().orElse(1);
  }

  private static String cell(String content, int width, boolean left) {
    return String.format(Locale.ROOT, (left ? "%-" : "%") + Math.max(1, width) + "s", content);
  }
}

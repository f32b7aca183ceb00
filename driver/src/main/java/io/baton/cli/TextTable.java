package io.baton.cli;

import java.util.ArrayList;
import java.util.List;

/** A table for a terminal; long texts are broken between words. Used by one thread. */
final class TextTable {

  private static final int WIDEST = 60;

  private final List<List<String>> rows = new ArrayList<>();

  TextTable(String... titles) {
    rows.add(List.of(titles));
  }

  void add(String... cells) {
    rows.add(List.of(cells));
  }

  /** The lines, each with its end. */
  String text() {
    List<List<List<String>>> broken =
        rows.stream().map(row -> row.stream().map(TextTable::lines).toList()).toList();
    int[] widths = new int[rows.get(0).size()];
    for (List<List<String>> row : broken) {
      for (int column = 0; column < widths.length; column++) {
        for (String line : row.get(column)) {
          widths[column] = Math.max(widths[column], line.length());
        }
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<List<String>> row : broken) {
      int height = row.stream().mapToInt(List::size).max().orElse(0);
      for (int line = 0; line < height; line++) {
        StringBuilder one = new StringBuilder();
        for (int column = 0; column < widths.length; column++) {
          String cell = line < row.get(column).size() ? row.get(column).get(line) : "";
          one.append(cell).append(" ".repeat(widths[column] - cell.length() + 2));
        }
        text.append(one.toString().stripTrailing()).append(System.lineSeparator());
      }
    }
    return text.toString();
  }

  private static List<String> lines(String cell) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : cell.split("\\s+", -1)) {
      if (line.length() > 0 && line.length() + 1 + word.length() > WIDEST) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.length() == 0 ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}

package io.baton.failover.reads;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Texts in one line, with tabs between: what JVMs report of a rehearsal, and what a file holds. */
public final class Fields {

  private Fields() {}

  /** Returns the line of these texts. */
  public static String line(List<String> texts) {
    return texts.stream().map(Fields::escaped).collect(Collectors.joining("\t"));
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\\\")
        .replace("\t", "\\t")
        .replace("\n", "\\n")
        .replace("\r", "\\r");
  }

  /**
   * Returns the texts of a line.
   *
   * @throws IllegalArgumentException if it has a backslash before something else than those that
   *     {@link #line} writes
   */
  public static List<String> of(String line) {
    List<String> texts = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < line.length(); at++) {
      char c = line.charAt(at);
      if (c == '\t') {
        texts.add(text.toString());
        text.setLength(0);
      } else if (c == '\\') {
        at++;
        text.append(meant(at < line.length() ? line.charAt(at) : ' '));
      } else {
        text.append(c);
      }
    }
    texts.add(text.toString());
    return texts;
  }

  private static char meant(char escaped) {
    return switch (escaped) {
      case '\\' -> '\\';
      case 't' -> '\t';
      case 'n' -> '\n';
      case 'r' -> '\r';
      default ->
          throw new IllegalArgumentException(
              "a backslash before '" + escaped + "', and not before t, n, r or a backslash");
    };
  }
}

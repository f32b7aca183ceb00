package io.baton.session.sql;

/**
 * A stretch of SQL written so that it means the same whatever standard_conforming_strings is: plain
 * strings with a backslash become {@code E''} strings.
 */
final class NeutralText {
  private NeutralText() {}

  static String of(Tokens tokens, int from, int to) {
    if (from >= to) {
      return "";
    }
    String text = tokens.text();
    StringBuilder neutral = new StringBuilder();
    int copied = tokens.start(from);
    for (int index = from; index < to; index++) {
      int start = tokens.start(index);
      int end = tokens.end(index);
      TokenKind kind = tokens.kind(index);
      boolean plain = kind == TokenKind.STRING;
      boolean escapesUnmarked =
          kind == TokenKind.ESCAPE_STRING && "eE".indexOf(text.charAt(start)) < 0;
      if ((plain || escapesUnmarked) && tokens.raw(index).indexOf('\\') >= 0) {
        String constant = tokens.raw(index);
        // An N before the quote only names the type of the constant, which E'' has as well.
        String quoted = constant.substring(constant.indexOf('\''));
        neutral
            .append(text, copied, start)
            .append('E')
            .append(plain ? quoted.replace("\\", "\\\\") : quoted);
        copied = end;
      }
    }
    return neutral.append(text, copied, tokens.end(to - 1)).toString();
  }
}

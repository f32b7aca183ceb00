package io.baton.session.sql;

/**
 * Looks for words in the whole of a text, whether they are tokens of it or stand in a string that
 * may run later. Words are compared as {@link Character} classes of ASCII: the time is linear in
 * the text, which a regular expression does not promise for each text.
 */
final class TextSearch {
  private static final int ABSENT = -1;

  private final String text;
  private final int end;

  private TextSearch(String text, int end) {
    this.text = text;
    this.end = end;
  }

  /**
   * Whether a text has this part, in any case; the part is in lower case and begins with a letter.
   */
  static boolean contains(String text, String part) {
    return new TextSearch(text, text.length()).find(part, 0) != ABSENT;
  }

  /** Whether a text has this word, in any case, neither preceded nor followed by a letter. */
  static boolean containsWord(String text, String word) {
    TextSearch search = new TextSearch(text, text.length());
    for (int at = search.find(word, 0); at != ABSENT; at = search.find(word, at + 1)) {
      if (search.beginsWord(at) && !search.isOfWord(at + word.length())) {
        return true;
      }
    }
    return false;
  }

  /** Whether a text has this word, in any case, with an opening parenthesis behind it. */
  static boolean containsCall(String text, String name) {
    TextSearch search = new TextSearch(text, text.length());
    for (int at = search.find(name, 0); at != ABSENT; at = search.find(name, at + 1)) {
      int behind = search.afterSpace(at + name.length());
      if (search.beginsWord(at) && behind < search.end && text.charAt(behind) == '(') {
        return true;
      }
    }
    return false;
  }

  /** Where a word begins, from here on; -1 if none does. */
  private int find(String part, int from) {
    char lower = part.charAt(0);
    char upper = (char) (lower - ('a' - 'A'));
    for (int at = from; at <= end - part.length(); at++) {
      char c = text.charAt(at);
      if ((c == lower || c == upper) && text.regionMatches(true, at, part, 0, part.length())) {
        return at;
      }
    }
    return ABSENT;
  }

  private boolean beginsWord(int at) {
    return at == 0 || !isOfWord(at - 1);
  }

  private boolean isOfWord(int at) {
    return at < end && isOfWord(text.charAt(at));
  }

  static boolean isOfWord(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || SqlLexer.isDigit(c);
  }

  private int afterSpace(int from) {
    int at = from;
    while (at < end && SqlLexer.isSpace(text.charAt(at))) {
      at++;
    }
    return at;
  }
}

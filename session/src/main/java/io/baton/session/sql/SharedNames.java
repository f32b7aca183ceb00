package io.baton.session.sql;

import org.jspecify.annotations.Nullable;

/**
 * The names that texts have in common, so that the analyses of many texts hold one object for each:
 * a table of fixed size, in which a name takes the place of another. Thread-safe: what it holds is
 * immutable, and a name that is missed is only held twice.
 */
final class SharedNames {
  private static final int SIZE = 1 << 11;

  /** How often a name must have been asked for that counts as one that many texts have. */
  private static final byte OFTEN = 8;

  private static final @Nullable RelationName[] RELATIONS = new RelationName[SIZE];
  private static final byte[] USES_OF_RELATIONS = new byte[SIZE];
  private static final @Nullable FunctionCall[] FUNCTIONS = new FunctionCall[SIZE];
  private static final byte[] USES_OF_FUNCTIONS = new byte[SIZE];

  private static final @Nullable String[] TEXTS = new String[SIZE];

  private SharedNames() {}

  /** Returns a part of a text with its letters of ASCII in lower case. */
  static String folded(String text, int start, int end) {
    int hash = 0;
    for (int at = start; at < end; at++) {
      hash = 31 * hash + lower(text.charAt(at));
    }
    int place = place(hash);
    String known = TEXTS[place];
    if (known != null && isFolded(known, text, start, end)) {
      return known;
    }
    String folded = Tokens.foldAscii(text.substring(start, end));
    TEXTS[place] = folded;
    return folded;
  }

  private static boolean isFolded(String known, String text, int start, int end) {
    if (known.length() != end - start) {
      return false;
    }
    for (int at = start; at < end; at++) {
      if (known.charAt(at - start) != lower(text.charAt(at))) {
        return false;
      }
    }
    return true;
  }

  private static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c;
  }

  /** Returns the name, or one equal to it. */
  static RelationName relation(RelationName name) {
    int place = place(name.hashCode());
    RelationName known = RELATIONS[place];
    if (name.equals(known)) {
      count(USES_OF_RELATIONS, place);
      return known;
    }
    USES_OF_RELATIONS[place] = 0;
    RELATIONS[place] = name;
    return name;
  }

  /** Returns the call, or one equal to it. */
  static FunctionCall function(FunctionCall call) {
    int place = place(call.hashCode());
    FunctionCall known = FUNCTIONS[place];
    if (call.equals(known)) {
      count(USES_OF_FUNCTIONS, place);
      return known;
    }
    USES_OF_FUNCTIONS[place] = 0;
    FUNCTIONS[place] = call;
    return call;
  }

  private static void count(byte[] uses, int place) {
    if (uses[place] < OFTEN) {
      uses[place]++;
    }
  }

  /** Whether many texts share this very object. */
  @SuppressWarnings("ReferenceEquality")
  static boolean isCommon(RelationName name) {
    int place = place(name.hashCode());
    return RELATIONS[place] == name && USES_OF_RELATIONS[place] >= OFTEN;
  }

  /** Whether many texts share this very object. */
  @SuppressWarnings("ReferenceEquality")
  static boolean isCommon(FunctionCall call) {
    int place = place(call.hashCode());
    return FUNCTIONS[place] == call && USES_OF_FUNCTIONS[place] >= OFTEN;
  }

  private static int place(int hash) {
    return (hash ^ (hash >>> 15)) & (SIZE - 1);
  }
}

package io.baton.session.sql;

import java.util.Arrays;
import java.util.Set;

/**
 * Words by which a query shows that its result depends on when, where or by whom it is run, and not
 * on the rows that it reads alone: the clock, the state of the server, the place of a row in its
 * file.
 *
 * <p>It errs towards yes: a string {@code 'today'} may be a word of the application's, and may be a
 * date. What a function does inside that is none of the system's, it does not know.
 */
public final class MomentWords {

  /** Words that need no parentheses. */
  private static final Set<String> WORDS =
      Set.of(
          "current_date",
          "current_time",
          "current_timestamp",
          "localtime",
          "localtimestamp",
          "ctid",
          "xmin",
          "xmax",
          "cmin",
          "cmax",
          "tableoid",
          "tablesample");

  /** Functions of the system, and of JDBC's escapes. */
  private static final Set<String> FUNCTIONS =
      Set.of(
          "age",
          "clock_timestamp",
          "curdate",
          "currval",
          "curtime",
          "database_to_xml",
          "inet_client_addr",
          "inet_client_port",
          "inet_server_addr",
          "inet_server_port",
          "lastval",
          "nextval",
          "now",
          "random",
          "statement_timestamp",
          "timeofday",
          "transaction_timestamp",
          "uuidv7",
          "version");

  /** Beginnings of names of functions that tell of the server. */
  private static final String[] FAMILIES = {"pg_", "txid_", "lo_", "has_"};

  private static final Set<String> HARMLESS = Set.of("pg_typeof", "pg_collation_for");

  /** What a date or a time may be written as. */
  private static final Set<String> DATES = Set.of("now", "today", "tomorrow", "yesterday");

  private static final int LONGEST_DATE = 60;

  private MomentWords() {}

  /**
   * Returns whether one is in an expression that a server shows, of a plan for one.
   *
   * @param functions names of functions of the database that depend on the moment, too
   */
  public static boolean areIn(String expression, Set<String> functions) {
    return areIn(SqlLexer.lex(expression, true), functions);
  }

  /** Returns whether a value may be read as a time that depends on when it is read. */
  public static boolean isMovingDate(String value) {
    return value.length() <= LONGEST_DATE
        && Arrays.stream(value.split("[^A-Za-z]+", -1))
            .anyMatch(word -> DATES.contains(Tokens.foldAscii(word)));
  }

  static boolean areIn(Tokens tokens, Set<String> functions) {
    for (int index = 0; index < tokens.count(); index++) {
      if (tokens.isString(index)
          ? isMovingDate(tokens.string(index))
          : isOne(tokens, index, functions)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOne(Tokens tokens, int index, Set<String> functions) {
    if (!tokens.isName(index)) {
      return false;
    }
    String name = tokens.identifier(index);
    boolean isCall = tokens.isMark(index + 1, '(');
    if (functions.contains(name) && isCall) {
      return true;
    }
    if (tokens.kind(index) == TokenKind.WORD && WORDS.contains(name)) {
      return true;
    }
    return isCall
        && (FUNCTIONS.contains(name)
            || isOfFamily(name)
            || (name.equals("current_setting") && !isCustomSetting(tokens, index + 2)));
  }

  private static boolean isOfFamily(String name) {
    return !HARMLESS.contains(name)
        && Arrays.stream(FAMILIES).anyMatch(family -> name.startsWith(family));
  }

  /** Whether it is the name of a setting of the application's own, which sessions take along. */
  private static boolean isCustomSetting(Tokens tokens, int index) {
    return tokens.isString(index) && SettingNames.isCustom(tokens.string(index));
  }
}

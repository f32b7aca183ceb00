package io.baton.session;

import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.StatementAnalysis;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Tells calls whose arguments are constants of the text and bound values, as they are: then a name
 * that is passed stands in one of them.
 */
final class PlainArguments {

  /**
   * What makes a value of another one, or takes it from elsewhere, besides functions and operators:
   * rows, names that the session has, constants with escapes, and those that go on in the next
   * line.
   */
  private static final Pattern MADE =
      Pattern.compile(
          "\\b(?:from|join|table|values|with|union|current_\\w+|\\w*_user|user)\\b"
              + "|\\|\\||\\be'|u&['\"]|'\\s*[\\r\\n]\\s*'|--|/\\*",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern CONSTANT = Pattern.compile("'((?:[^']|'')*)'");

  /** Operators that make no value of another one. */
  private static final Set<String> BOUND = Set.of(AnalysedStatement.PARAMETER);

  /** Constants in dollars, and a name with one, are not looked into. */
  private static final char DOLLAR = '$';

  private static final int MOST_PARAMETERS = 100;

  private PlainArguments() {}

  /**
   * Returns whether that is so.
   *
   * @param statement the statement that calls, which may be of another text: then it is not so
   */
  static boolean are(
      StatementAnalysis analysis, AnalysedStatement statement, ParameterValues parameters) {
    String text = analysis.text();
    return analysis.statements().size() == 1
        && analysis.statements().get(0).equals(statement)
        && statement.functions().size() == 1
        && BOUND.containsAll(statement.operators())
        && text.indexOf(DOLLAR) < 0
        && !MADE.matcher(text).find()
        && CONSTANT
            .matcher(text)
            .results()
            .allMatch(constant -> OwnSettingNames.isFound(constant.group(1)))
        && areFound(text, parameters);
  }

  /** Some of the question marks may be in constants: then a value is missed, to be sure. */
  private static boolean areFound(String text, ParameterValues parameters) {
    long placeholders = text.chars().filter(c -> c == '?').count();
    if (placeholders > MOST_PARAMETERS) {
      return false;
    }
    for (int i = 1; i <= placeholders; i++) {
      ParameterValues.Value value = parameters.value(i);
      String bound = value.text();
      if (!value.known() || (bound != null && !OwnSettingNames.isFound(bound))) {
        return false;
      }
    }
    return true;
  }
}

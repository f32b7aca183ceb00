package io.baton.session;

import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.StatementAnalysis;
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

  private PlainArguments() {}

  /**
   * Returns whether that is so.
   *
   * @param statement the statement that calls, which may be of another text: then it is not so
   */
  static boolean are(
      StatementAnalysis analysis, AnalysedStatement statement, ParameterValues parameters) {
    return analysis.statements().size() == 1
        && analysis.statements().get(0).equals(statement)
        && statement.functions().size() == 1
        && statement.operators().isEmpty()
        && !MADE.matcher(analysis.text()).find()
        && areKnown(analysis.text(), parameters);
  }

  /**
   * More question marks than values may be in constants: then one may not be known, all the same.
   */
  private static boolean areKnown(String text, ParameterValues parameters) {
    long placeholders = text.chars().filter(c -> c == '?' || c == '$').count();
    for (int i = 1; i <= placeholders; i++) {
      if (!parameters.value(i).known()) {
        return false;
      }
    }
    return true;
  }
}

package io.baton.cli;

import java.io.PrintStream;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/** One command of the command line. It has no state. */
interface Command {

  /** The words that call it, such as {@code cutover run}. */
  String name();

  /** One line that says what it does. */
  String help();

  /** What can be given with it. */
  List<Parameter> parameters();

  /**
   * Runs it.
   *
   * @param environment the variables of the environment
   * @param out what it has to say
   * @return what the program is to end with: 0 if all is as wished, 1 if not
   * @throws UsageException if a value is malformed
   * @throws SQLException if a server fails
   */
  int run(Arguments arguments, Map<String, String> environment, PrintStream out)
      throws UsageException, SQLException;
}

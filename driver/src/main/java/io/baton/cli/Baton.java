package io.baton.cli;

import io.baton.BatonDriver;
import io.baton.jdbc.options.Nearest;
import io.baton.routing.topology.FailureText;
import java.io.PrintStream;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The program for operators. It ends with 0 if all is as wished, 1 if not (no-go, taken back,
 * nothing to take back), 2 if it was called wrongly, and 3 if a server failed.
 */
public final class Baton {

  private static final int CALLED_WRONGLY = 2;
  private static final int SERVER_FAILED = 3;

  private static final List<Command> COMMANDS =
      List.of(
          new RehearseCutover(),
          new RehearseReads(false),
          new RehearseReads(true),
          new RunCutover(),
          new ShowCutoverStatus(),
          new UndoCutover());

  private final Map<String, String> environment;
  private final PrintStream out;
  private final PrintStream errors;

  Baton(Map<String, String> environment, PrintStream out, PrintStream errors) {
    this.environment = environment;
    this.out = out;
    this.errors = errors;
  }

  /** Runs one command. */
  public static void main(String[] arguments) {
    // Nobody has to give an operator's program a provider of logging: SLF4J does not ask for one.
    System.setProperty(
        "slf4j.internal.verbosity", System.getProperty("slf4j.internal.verbosity", "ERROR"));
    int end = new Baton(System.getenv(), System.out, System.err).run(Arrays.asList(arguments));
    System.out.flush();
    System.exit(end);
  }

  /** Runs one command, and returns what the program is to end with. */
  int run(List<String> words) {
    if (words.isEmpty() || words.contains("--help") || words.get(0).equals("help")) {
      out.print(usage());
      return words.isEmpty() ? CALLED_WRONGLY : 0;
    }
    try {
      Command command = command(words);
      List<String> rest = words.subList(command.name().split(" ").length, words.size());
      return command.run(Arguments.parse(command, rest), environment, out);
    } catch (UsageException mistake) {
      errors.println(mistake.getMessage());
      errors.println();
      errors.print(mistake.command() == null ? usage() : usage(mistake.command()));
      return CALLED_WRONGLY;
    } catch (SQLException failure) {
      errors.println(account(failure));
      return SERVER_FAILED;
    }
  }

  private static String account(SQLException failure) {
    String state = failure.getSQLState() == null ? "" : " (SQLState " + failure.getSQLState() + ")";
    return FailureText.message(failure) + state;
  }

  /** The command that the first words name. */
  private static Command command(List<String> words) throws UsageException {
    String given =
        words.stream()
            .takeWhile(word -> !word.startsWith("-"))
            .limit(2)
            .collect(Collectors.joining(" "));
    for (Command command : COMMANDS) {
      if (command.name().equals(given)) {
        return command;
      }
    }
    String nearest = Nearest.of(given, COMMANDS.stream().map(Command::name).toList());
    throw new UsageException(
        given.isEmpty()
            ? "The command comes first, such as '" + nearest + "'."
            : "There is no command '" + given + "'. Did you mean '" + nearest + "'?");
  }

  private static String version() {
    BatonDriver driver = new BatonDriver();
    return driver.getMajorVersion() + "." + driver.getMinorVersion();
  }

  private static String usage() {
    return "Baton "
        + version()
        + System.lineSeparator()
        + COMMANDS.stream().map(Baton::usage).collect(Collectors.joining());
  }

  private static String usage(Command command) {
    StringBuilder text = new StringBuilder();
    text.append("%n  %s: %s%n".formatted(command.name(), command.help()));
    for (Parameter one : command.parameters()) {
      text.append(
          "    %-22s %s%s%n"
              .formatted(
                  one.option() + " <" + one.value() + ">",
                  one.help(),
                  one.isRequired() ? " (required)" : ""));
    }
    return text.toString();
  }
}

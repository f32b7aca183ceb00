package io.baton.cli;

import io.baton.jdbc.options.BatonOption;
import io.baton.jdbc.options.Nearest;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What was given with a command. Immutable. */
final class Arguments {

  private final Command command;
  private final Map<String, String> values;

  private Arguments(Command command, Map<String, String> values) {
    this.command = command;
    this.values = values;
  }

  /**
   * Reads what follows the command.
   *
   * @throws UsageException if a name is not known, is given twice or has no value, or one that is
   *     needed is missing
   */
  static Arguments parse(Command command, List<String> words) throws UsageException {
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      int equals = word.indexOf('=');
      Parameter parameter = parameter(command, equals < 0 ? word : word.substring(0, equals));
      String value;
      if (equals >= 0) {
        value = word.substring(equals + 1);
      } else if (i + 1 < words.size() && !words.get(i + 1).startsWith("--")) {
        value = words.get(++i);
      } else {
        throw new UsageException(parameter.option() + " has no value.", command);
      }
      if (values.put(parameter.name(), value) != null) {
        throw new UsageException(parameter.option() + " is given twice.", command);
      }
    }
    for (Parameter needed : command.parameters()) {
      if (needed.isRequired() && !values.containsKey(needed.name())) {
        throw new UsageException(needed.option() + " is missing.", command);
      }
    }
    return new Arguments(command, values);
  }

  private static Parameter parameter(Command command, String given) throws UsageException {
    for (Parameter one : command.parameters()) {
      if (one.option().equals(given)) {
        return one;
      }
    }
    List<String> names = command.parameters().stream().map(Parameter::option).toList();
    if (!given.startsWith("-")) {
      // It may be a part of a password with a space in it.
      throw new UsageException("A value stands where one of " + names + " should be.", command);
    }
    throw new UsageException(
        "'%s' has no %s. Did you mean %s?"
            .formatted(command.name(), given, Nearest.of(given, names)),
        command);
  }

  /** A value that is required. */
  String required(Parameter parameter) {
    String value = values.get(parameter.name());
    if (value == null) {
      throw new IllegalStateException(parameter.option() + " is not required");
    }
    return value;
  }

  /** A value that may be missing. */
  Optional<String> optional(Parameter parameter) {
    return Optional.ofNullable(values.get(parameter.name()));
  }

  /**
   * A duration that may be missing.
   *
   * @throws UsageException if it is malformed
   */
  Optional<Duration> duration(Parameter parameter) throws UsageException {
    String text = values.get(parameter.name());
    if (text == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(BatonOption.CUTOVER_PAUSE.parse(text));
    } catch (SQLException malformed) {
      String what = String.valueOf(malformed.getMessage());
      throw new UsageException(
          what.replace(BatonOption.CUTOVER_PAUSE.name(), parameter.option()), command);
    }
  }

  /** A mistake in a value. */
  UsageException malformed(Parameter parameter, String what) {
    return new UsageException(parameter.option() + ": " + what, command);
  }
}

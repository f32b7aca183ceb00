package io.baton.session;

import io.baton.session.sql.Argument;
import java.util.List;

/** The arguments of an EXECUTE as the values of the parameters of what is executed. */
record ExecuteArguments(List<Argument> arguments) implements ParameterValues {

  @Override
  public Value value(int index) {
    if (index > arguments.size()) {
      return Value.UNKNOWN;
    }
    Argument argument = arguments.get(index - 1);
    if (argument instanceof Argument.Text text) {
      return Value.of(text.text());
    }
    return argument instanceof Argument.Null ? Value.NULL : Value.UNKNOWN;
  }
}

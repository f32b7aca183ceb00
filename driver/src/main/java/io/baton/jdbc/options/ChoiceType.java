package io.baton.jdbc.options;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One constant of an enum, written in lower case with hyphens: {@code LEAST_LOADED} is {@code
 * least-loaded}.
 */
final class ChoiceType<E extends Enum<E>> implements OptionType<E> {

  private final List<E> constants;
  private final List<String> choices;

  private ChoiceType(Class<E> type) {
    this.constants = List.copyOf(Arrays.asList(type.getEnumConstants()));
    this.choices = constants.stream().map(ChoiceType::text).toList();
  }

  static <E extends Enum<E>> ChoiceType<E> choice(Class<E> type) {
    return new ChoiceType<>(type);
  }

  @Override
  public E parse(String text) throws MalformedValueException {
    int index = choices.indexOf(text);
    if (index >= 0) {
      return constants.get(index);
    }
    Optional<String> near = Nearest.within(text, choices);
    throw new MalformedValueException(
        near.map(choice -> "did you mean " + choice + "?").orElse("there is no such value."));
  }

  @Override
  public String format(E value) {
    return text(value);
  }

  @Override
  public String description() {
    return "one of " + String.join(", ", choices);
  }

  @Override
  public List<String> choices() {
    return choices;
  }

  private static String text(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}

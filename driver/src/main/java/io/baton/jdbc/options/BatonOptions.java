package io.baton.jdbc.options;

import java.sql.SQLException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The values of all options for one URL: those that were given, and the defaults for the others.
 *
 * <p>Immutable, and equal to another if the same values were given.
 */
public final class BatonOptions {

  private static final BatonOptions DEFAULTS = new BatonOptions(Map.of());

  private final Map<BatonOption<?>, Object> given;

  private BatonOptions(Map<BatonOption<?>, Object> given) {
    this.given = given;
  }

  /** All options at their defaults. */
  public static BatonOptions defaults() {
    return DEFAULTS;
  }

  /** True for a name that only Baton can mean; {@code BATON.reads} is one, if a misspelt one. */
  public static boolean isBatonName(String name) {
    return name.toLowerCase(Locale.ROOT).startsWith(BatonOption.PREFIX);
  }

  /**
   * Reads options from their names and texts.
   *
   * @throws SQLException for the first name that is no option (22023), or value that is malformed
   *     (22023)
   */
  public static BatonOptions parse(Map<String, String> texts) throws SQLException {
    Map<BatonOption<?>, Object> given = new LinkedHashMap<>();
    for (Map.Entry<String, String> text : texts.entrySet()) {
      BatonOption<?> option = require(text.getKey());
      given.put(option, Objects.requireNonNull(option.parse(text.getValue())));
    }
    return new BatonOptions(Collections.unmodifiableMap(given));
  }

  /**
   * The option of this name.
   *
   * @throws SQLException if there is none (22023); names the nearest
   */
  public static BatonOption<?> require(String name) throws SQLException {
    return BatonOption.named(name).orElseThrow(() -> unknown(name));
  }

  private static SQLException unknown(String name) {
    List<String> names = BatonOption.all().stream().map(BatonOption::name).toList();
    return InvalidConfiguration.mistake(
        InvalidConfiguration.shown(name)
            + " is not an option of Baton. Did you mean "
            + Nearest.of(name, names)
            + "?");
  }

  /** The value of an option: as given, or its default. */
  @SuppressWarnings("unchecked") // parse and with put only values of the option's own type
  public <T> T get(BatonOption<T> option) {
    Object value = given.get(option);
    return value == null ? option.defaultValue() : (T) value;
  }

  /** True if the option was given, be it with its default. */
  public boolean isGiven(BatonOption<?> option) {
    return given.containsKey(option);
  }

  /** These options with another value of one. */
  public <T> BatonOptions with(BatonOption<T> option, T value) {
    Map<BatonOption<?>, Object> changed = new LinkedHashMap<>(given);
    changed.put(option, Objects.requireNonNull(value));
    return new BatonOptions(Collections.unmodifiableMap(changed));
  }

  /** The options that were given, as texts that {@link #parse} reads. */
  public Map<String, String> texts() {
    Map<String, String> texts = new LinkedHashMap<>();
    for (BatonOption<?> option : given.keySet()) {
      texts.put(option.name(), text(option));
    }
    return texts;
  }

  private <T> String text(BatonOption<T> option) {
    return option.format(get(option));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof BatonOptions options && given.equals(options.given);
  }

  @Override
  public int hashCode() {
    return given.hashCode();
  }

  /** The options that were given; none of them can hold a secret. */
  @Override
  public String toString() {
    return texts().entrySet().stream()
        .map(text -> text.getKey() + "=" + text.getValue())
        .collect(Collectors.joining(", ", "[", "]"));
  }
}

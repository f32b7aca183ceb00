package io.baton.jdbc.options;

import java.util.List;

/**
 * The values an option can have, and how they are written.
 *
 * @param <T> the Java type of a value
 */
interface OptionType<T> {

  /** The value that the text stands for. */
  T parse(String text) throws MalformedValueException;

  /** The text that stands for the value; {@link #parse} reads it back. */
  String format(T value);

  /** What a user may write, as a noun phrase: "a duration from 1ms to 1d, such as 5s". */
  String description();

  /** The texts to choose from, in the order of the documentation; empty where they are not few. */
  default List<String> choices() {
    return List.of();
  }
}

package io.baton.jdbc.options;

import java.util.List;

/**
 * Which of the designed values of an option work in this version.
 *
 * @param isEverything true if all do
 * @param listed those that do where not all do
 * @param <T> the Java type of a value
 */
record Availability<T>(boolean isEverything, List<T> listed) {

  static <T> Availability<T> everything() {
    return new Availability<>(true, List.of());
  }

  static <T> Availability<T> only(List<T> values) {
    return new Availability<>(false, List.copyOf(values));
  }

  boolean covers(T value) {
    return isEverything || listed.contains(value);
  }

  /** The value if it works, else the first that does. */
  T orFirst(T value) {
    return covers(value) ? value : listed.get(0);
  }
}

package io.baton.benchmarks.harness;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a benchmark was told: pairs of name and value. A pair that nobody asked for is an error, so
 * that a misspelt one does not pass in silence. Not thread-safe.
 */
public final class Settings {
  private final Map<String, String> given;
  private final Set<String> asked = new TreeSet<>();

  private Settings(Map<String, String> given) {
    this.given = given;
  }

  /** Reads {@code name=value} pairs that are separated by spaces. */
  public static Settings parse(String text) {
    Map<String, String> given = new HashMap<>();
    for (String pair : text.strip().split("\\s+", -1)) {
      if (pair.isEmpty()) {
        continue;
      }
      int equals = pair.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException("Not name=value: " + pair);
      }
      given.put(pair.substring(0, equals), pair.substring(equals + 1));
    }
    return new Settings(given);
  }

  public int integer(String name, int standard) {
    String value = text(name, Integer.toString(standard));
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + " is not a number: " + value, e);
    }
  }

  public double number(String name, double standard) {
    String value = text(name, Double.toString(standard));
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + " is not a number: " + value, e);
    }
  }

  public String text(String name, String standard) {
    asked.add(name);
    return given.getOrDefault(name, standard);
  }

  /** The values of a list that is separated by commas; all that there are unless told. */
  public List<String> choice(String name, List<String> all) {
    String value = text(name, "");
    if (value.isEmpty()) {
      return all;
    }
    List<String> chosen = Arrays.asList(value.split(",", -1));
    for (String one : chosen) {
      if (!all.contains(one)) {
        throw new IllegalArgumentException(name + ": there is no " + one + ", but " + all);
      }
    }
    return chosen;
  }

  /** To be called once everything was asked for. */
  public void refuseUnknown() {
    for (String name : given.keySet()) {
      if (!asked.contains(name)) {
        throw new IllegalArgumentException("No setting " + name + "; there are " + asked);
      }
    }
  }
}

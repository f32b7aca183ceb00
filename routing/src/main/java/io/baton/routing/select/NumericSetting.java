package io.baton.routing.select;

import io.baton.routing.topology.Capabilities;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A setting of a server that needs can compare. */
public enum NumericSetting {
  /** How many sessions it takes. */
  MAX_CONNECTIONS(false),
  /** What it caches itself. */
  SHARED_BUFFERS(true),
  /** What one sort or hash may take. */
  WORK_MEM(true);

  private static final List<String> UNITS = List.of("B", "kB", "MB", "GB", "TB");
  private static final int STEP = 1024;

  private final boolean isSize;

  NumericSetting(boolean isSize) {
    this.isSize = isSize;
  }

  /** The one of this name; null if there is none. */
  static @Nullable NumericSetting named(String name) {
    for (NumericSetting one : values()) {
      if (one.toString().equals(name)) {
        return one;
      }
    }
    return null;
  }

  long of(Capabilities capabilities) {
    return switch (this) {
      case MAX_CONNECTIONS -> capabilities.maxConnections();
      case SHARED_BUFFERS -> capabilities.sharedBuffers();
      case WORK_MEM -> capabilities.workMemory();
    };
  }

  /** What a value looks like, for people. */
  String example() {
    return isSize ? "8GB" : "200";
  }

  /** Reads a value; null if it is none. */
  @Nullable Long parse(String text) {
    long unit = 1;
    String digits = text;
    if (isSize) {
      int end = 0;
      while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
        end++;
      }
      digits = text.substring(0, end);
      int place = UNITS.indexOf(text.substring(end).strip());
      if (place < 0) {
        return null; // The server's own units differ by setting: nothing is guessed.
      }
      unit = 1L << (10 * place);
    }
    if (!digits.matches("\\d{1,9}")) {
      return null;
    }
    return Long.parseLong(digits) * unit;
  }

  /** The text that {@link #parse} reads. */
  String format(long value) {
    if (!isSize) {
      return Long.toString(value);
    }
    int place = 0;
    long left = value;
    while (left != 0 && left % STEP == 0 && place < UNITS.size() - 1) {
      left /= STEP;
      place++;
    }
    return left + UNITS.get(place);
  }

  /** The name of the setting. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}

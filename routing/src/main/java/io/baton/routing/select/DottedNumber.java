package io.baton.routing.select;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A version made of numbers, such as {@code 3.4.1}.
 *
 * @param parts the numbers; at least one
 */
public record DottedNumber(List<Integer> parts) {

  private static final Pattern WHOLE = Pattern.compile("\\d{1,9}(?:\\.\\d{1,9})*");

  /** Makes one of a copy. */
  public DottedNumber {
    parts = List.copyOf(parts);
  }

  /** Reads a version that is written as a need; null if it is none. */
  static @Nullable DottedNumber parse(String text) {
    return WHOLE.matcher(text).matches() ? split(text) : null;
  }

  /** The numbers that a version begins with; null if it begins with none. */
  static @Nullable DottedNumber leading(String text) {
    Matcher matcher = WHOLE.matcher(text);
    return matcher.lookingAt() ? split(matcher.group()) : null;
  }

  private static DottedNumber split(String text) {
    List<Integer> parts = new ArrayList<>();
    for (String part : text.split("\\.", -1)) {
      parts.add(Integer.valueOf(part));
    }
    return new DottedNumber(parts);
  }

  /** Compares as many numbers as the other one has: 17.4 is neither more nor less than 17. */
  int compareTo(DottedNumber needed) {
    for (int i = 0; i < needed.parts.size(); i++) {
      int own = i < parts.size() ? parts.get(i) : 0;
      int compared = Integer.compare(own, needed.parts.get(i));
      if (compared != 0) {
        return compared;
      }
    }
    return 0;
  }

  @Override
  public String toString() {
    return parts.stream().map(String::valueOf).collect(Collectors.joining("."));
  }
}

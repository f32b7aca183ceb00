package io.baton.failover.reads;

import io.baton.session.journal.Fingerprint;
import java.util.ArrayList;
import java.util.List;

/**
 * What is kept of a read in a file, to be looked at again with the next version. It holds no data:
 * neither a value of a row nor one that was bound.
 *
 * @param name which read it is
 * @param hash the hash of its rows, whatever their order
 * @param rows how many rows it had
 * @param plan the kinds of the nodes of its plan, from the top
 * @param time how long it took
 */
public record ReadCase(Name name, String hash, long rows, List<String> plan, TimeClass time) {

  /** Makes one with a copy of the plan. */
  public ReadCase {
    plan = List.copyOf(plan);
  }

  /**
   * Which read it is: those of one name differ in their values alone.
   *
   * @param hash the hash of the whole text without values
   * @param text the text without values; a long one is cut off
   * @param types the types of its parameters
   */
  public record Name(String hash, String text, List<String> types) {

    static final int FIELDS = 3;

    private static final int LONGEST = 4000;

    /** Makes one with a copy of the types. */
    public Name {
      types = List.copyOf(types);
    }

    /** Returns the name of a text without values. */
    public static Name of(String whole, List<String> types) {
      Fingerprint hash = new Fingerprint();
      hash.add(whole);
      String text = whole.length() > LONGEST ? whole.substring(0, LONGEST) + "..." : whole;
      return new Name(hash.toString(), text, types);
    }

    /** Returns whether it is the same read, whatever the length of the text that was kept. */
    boolean isSame(Name other) {
      return hash.equals(other.hash) && types.equals(other.types);
    }

    List<String> fields() {
      return List.of(hash, text, Fields.line(types));
    }

    static Name of(List<String> fields) {
      return new Name(fields.get(0), fields.get(1), listed(fields.get(2)));
    }

    /** For people. */
    @Override
    public String toString() {
      return types.isEmpty() ? text : text + " (" + String.join(", ", types) + ")";
    }
  }

  private static final int FIELDS = Name.FIELDS + 4;

  static List<String> listed(String line) {
    return line.isEmpty() ? List.of() : Fields.of(line);
  }

  /** Returns it as a line of a file. */
  String line() {
    List<String> fields = new ArrayList<>(name.fields());
    fields.add(hash);
    fields.add(String.valueOf(rows));
    fields.add(Fields.line(plan));
    fields.add(time.name());
    return Fields.line(fields);
  }

  /**
   * Returns the case of a line.
   *
   * @throws IllegalArgumentException if it is none, with what is wrong
   */
  static ReadCase of(String line) {
    List<String> fields = Fields.of(line);
    if (fields.size() != FIELDS) {
      throw new IllegalArgumentException(
          "it has %d fields with tabs between, and not %d".formatted(fields.size(), FIELDS));
    }
    long rows;
    try {
      rows = Long.parseLong(fields.get(Name.FIELDS + 1));
    } catch (NumberFormatException malformed) {
      throw new IllegalArgumentException(
          "the number of rows is '" + fields.get(Name.FIELDS + 1) + "'", malformed);
    }
    String time = fields.get(Name.FIELDS + 3);
    for (TimeClass known : TimeClass.values()) {
      if (known.name().equals(time)) {
        return new ReadCase(
            Name.of(fields),
            fields.get(Name.FIELDS),
            rows,
            listed(fields.get(Name.FIELDS + 2)),
            known);
      }
    }
    throw new IllegalArgumentException(
        "the class of time is '%s', and none of %s".formatted(time, List.of(TimeClass.values())));
  }
}

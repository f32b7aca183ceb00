package io.baton.failover.cutover;

import io.baton.failover.reads.Fields;
import io.baton.failover.reads.ReadComparison;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thing that a member says of a rehearsal. It goes through the old database as a line of text.
 *
 * @param type what it says
 * @param values the values that belong to the type, in their order
 */
record RehearsalNote(Type type, List<String> values) {

  /** What a note says. */
  enum Type {
    /** How many sessions there are, of how many kinds, and how many kinds were tried. */
    TRIED(3),
    /** How many sessions are of a kind that cannot be rebuilt, which kind, and why not. */
    REFUSED(3),
    /** What keeps sessions from being moved, whatever the successor says. */
    HELD(1),
    /** A server of the successor, why it is not used, and whether another one is. */
    UNREACHED(3),
    /** Why no read was run on both sides. */
    NO_READS(1),
    /** What came of a read that was run on both sides. */
    READ(15);

    private final int values;

    Type(int values) {
      this.values = values;
    }
  }

  /** Makes a note of copies. */
  RehearsalNote {
    values = List.copyOf(values);
    if (values.size() != type.values) {
      throw new IllegalArgumentException(type + " with " + values.size() + " values");
    }
  }

  static RehearsalNote tried(int sessions, int kinds, int tried) {
    return new RehearsalNote(
        Type.TRIED,
        List.of(String.valueOf(sessions), String.valueOf(kinds), String.valueOf(tried)));
  }

  static RehearsalNote refused(int sessions, String kind, String why) {
    return new RehearsalNote(Type.REFUSED, List.of(String.valueOf(sessions), kind, why));
  }

  static RehearsalNote held(String obstacle) {
    return new RehearsalNote(Type.HELD, List.of(obstacle));
  }

  static RehearsalNote unreached(String endpoint, String why, boolean another) {
    return new RehearsalNote(Type.UNREACHED, List.of(endpoint, why, String.valueOf(another)));
  }

  static RehearsalNote noReads(String why) {
    return new RehearsalNote(Type.NO_READS, List.of(why));
  }

  static RehearsalNote read(ReadComparison comparison) {
    return new RehearsalNote(Type.READ, comparison.fields());
  }

  String line() {
    List<String> fields = new ArrayList<>();
    fields.add(type.name());
    fields.addAll(values);
    return Fields.line(fields);
  }

  /** The note of a line; null for one that somebody else has written, or a newer version. */
  static @Nullable RehearsalNote of(String line) {
    try {
      List<String> fields = Fields.of(line);
      RehearsalNote note =
          new RehearsalNote(Type.valueOf(fields.get(0)), fields.subList(1, fields.size()));
      if (note.type == Type.READ) {
        ReadComparison.of(note.values); // Throws if it is none.
      }
      return note;
    } catch (IllegalArgumentException unknown) {
      return null;
    }
  }
}

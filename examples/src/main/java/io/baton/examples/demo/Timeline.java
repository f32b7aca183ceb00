package io.baton.examples.demo;

import java.util.ArrayList;
import java.util.List;

/** The events of a run in the order in which they began. Thread-safe. */
final class Timeline {
  private final List<Event> events = new ArrayList<>();

  /** What happened to the cluster. */
  enum Kind {
    CRASH("crash"),
    SWITCHOVER("switchover"),
    REBUILD("rebuild"),
    UPGRADE("upgrade");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }

    /** Whether the primary changes. */
    boolean movesPrimary() {
      return this != REBUILD;
    }
  }

  /**
   * One event.
   *
   * @param label such as {@code crash 2}
   * @param beganNanos when it was ordered; at an upgrade, when new transactions began to wait
   * @param writableNanos when a commit of a witness who was connected already first returned from
   *     the new primary: no client can be back sooner; equal to {@code beganNanos} where the
   *     primary did not change. At an upgrade, when the new cluster was opened
   * @param endedNanos when the cluster was through with it
   * @param primary name of the primary from then on
   * @param detail what happened, in words
   */
  record Event(
      Kind kind,
      String label,
      long beganNanos,
      long writableNanos,
      long endedNanos,
      String primary,
      String detail) {

    /** How long nobody could write: the part of the pause that no driver can take away. */
    long withoutWriterNanos() {
      return writableNanos - beganNanos;
    }
  }

  synchronized void add(Event event) {
    events.add(event);
  }

  synchronized List<Event> events() {
    return List.copyOf(events);
  }

  /** What the next event of this kind will be called. */
  synchronized String nextLabel(Kind kind) {
    return kind.text() + " " + (1 + events.stream().filter(event -> event.kind() == kind).count());
  }
}

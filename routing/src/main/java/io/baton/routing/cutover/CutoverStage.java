package io.baton.routing.cutover;

import java.util.Locale;

/**
 * How far a cut over has come, in the order in which stages follow each other. The row in the old
 * database is what counts: it is changed by one statement each time, under the lock of the row.
 */
public enum CutoverStage {
  /**
   * A rehearsal: one session of each kind is rebuilt at the successor, to see whether that works.
   * It is only ever followed by {@link #TAKEN_BACK}.
   */
  REHEARSED,
  /** Sessions open and prepare their connections to the successor; nothing is held back. */
  ANNOUNCED,
  /** No new transaction begins. */
  GATED,
  /** The old database refuses writes. */
  FENCED,
  /** The sessions go on at the successor: for good. */
  OPENED,
  /** It was called off: the sessions go on where they are. */
  TAKEN_BACK;

  /** The stage as the database names it: in lower case, with spaces. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /**
   * The stage of this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static CutoverStage of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT).replace(' ', '_'));
  }

  /** Whether nothing follows it. */
  public boolean isFinal() {
    return this == OPENED || this == TAKEN_BACK;
  }

  /** Whether transactions wait in it. */
  public boolean holdsTransactions() {
    return this == GATED || this == FENCED;
  }
}

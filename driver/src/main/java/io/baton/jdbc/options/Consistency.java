package io.baton.jdbc.options;

/** What a read on a reader is sure to see ({@code baton.consistency}). */
public enum Consistency {
  /** Every write that was acknowledged in this JVM. */
  PROCESS,
  /** Every write of the same session. */
  SESSION,
  /** Whatever the reader has reached. */
  EVENTUAL
}

package io.baton.jdbc.options;

/** Which statements may run on a reader ({@code baton.reads}). */
public enum Reads {
  /** Those of a connection that was declared read-only with {@code setReadOnly(true)}. */
  DECLARED,
  /** Those too that are proved to read only. */
  AUTO,
  /** None: everything runs on the writer. */
  WRITER
}

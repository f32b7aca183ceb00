package io.baton.jdbc.options;

/** What waits for its turn at a server ({@code baton.admission}). */
public enum AdmissionOf {
  /** Logins. */
  LOGINS,
  /** Logins, and statements that begin something: those outside of a transaction, and its first. */
  STATEMENTS
}

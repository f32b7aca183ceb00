package io.baton.jdbc.options;

/** What becomes of state that a request has left behind ({@code baton.requestEnd}). */
public enum RequestEnd {
  /** It is logged. */
  REPORT,
  /** It is logged and removed, and an open transaction is rolled back. */
  RESET
}

package io.baton.testkit;

/** A place where shell scripts run as a user who may run PostgreSQL, with its binaries on PATH. */
interface Shell {
  /** Runs a script of POSIX {@code sh}. */
  Result run(String script);

  /** How a script ended, and what it wrote to its standard output. */
  record Result(int exitCode, String output) {}

  /** A text as one word of a script, whatever is in it. */
  static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }
}

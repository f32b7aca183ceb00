package io.baton.session;

/**
 * A part of a session that cannot be rebuilt, as the application is told of it.
 *
 * @param kind what kind of thing it is
 * @param name its name, such as the table's
 * @param reason why it cannot be rebuilt, as part of a sentence
 */
public record SessionLoss(Kind kind, String name, String reason) {
  /** The kinds of parts that can be lost. */
  public enum Kind {
    /** A setting whose value only the lost server had. */
    SETTING,
    /** A prepared statement that the new server refuses. */
    PREPARED_STATEMENT,
    /** A temporary table with rows. */
    TEMPORARY_TABLE,
    /** A temporary relation whose definition is not known. */
    TEMPORARY_RELATION,
    /** A session-level advisory lock. */
    ADVISORY_LOCK,
    /** A cursor WITH HOLD. */
    HELD_CURSOR,
    /** State changed by code that the text of the statement does not show. */
    HIDDEN
  }

  @Override
  public String toString() {
    return kind.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ')
        + " "
        + name
        + ": "
        + reason;
  }
}

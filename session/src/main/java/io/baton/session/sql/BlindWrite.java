package io.baton.session.sql;

import org.jspecify.annotations.Nullable;

/**
 * One INSERT, UPDATE, DELETE or MERGE that returns a count and no rows: its target, and the text
 * that does the same and returns a hash of the rows that it wrote.
 *
 * <p>Immutable.
 *
 * @param kind the command
 * @param target the relation that it names as its target
 * @param text the whole text
 * @param reference how the target is named inside of the statement, as written: its alias, or the
 *     last part of its name
 * @param start where its first token begins in the text
 * @param end where its last token ends in the text
 * @param mayUpdate whether it may update rows
 * @param mayDelete whether it may delete rows
 */
public record BlindWrite(
    CommandKind kind,
    RelationName target,
    String text,
    String reference,
    int start,
    int end,
    boolean mayUpdate,
    boolean mayDelete) {

  private static final String AHEAD = "with baton_written as (";

  private static final String OF_ROW =
      "pg_catalog.hashtextextended(pg_catalog.concat(%s), 0) as hash)"
          + " select pg_catalog.count(*), pg_catalog.sum(hash) from baton_written";

  private static final int MERGE_RETURNS = 17;
  private static final int OLD_ROWS_RETURN = 18;

  /**
   * Returns the text that makes the write and returns one row: how many rows it wrote, and the sum
   * of their hashes, which is null if there are none.
   *
   * <p>The hash of a row is of its values as text, put between parentheses and quoted as the output
   * of a row is, so that where one value ends is part of it. From PostgreSQL 18 on it is of the row
   * as it was and as it is, one behind the other; one that is missing is empty. Before, it is of
   * the row as it is, or of the row that was deleted. The sum does not depend on the order of the
   * rows and counts each of them.
   *
   * <p>The application's text stands in it as it is, {@link #shift} characters further on. All
   * names of ours are qualified, and nothing in it is looked up in the search path: the name of a
   * WITH hides every relation of that name, and is not seen inside of its own query.
   *
   * @param version the major version of the server
   * @return null if a server of that version cannot
   */
  public @Nullable String returningHash(int version) {
    boolean merges = kind == CommandKind.MERGE;
    if (merges && version < MERGE_RETURNS) {
      return null;
    }
    boolean both = version >= OLD_ROWS_RETURN;
    String row = both ? "baton_old.*, baton_new.*" : reference + ".*";
    return text.substring(0, start)
        + AHEAD
        + text.substring(start, end)
        + "\nreturning "
        + (both ? "with (old as baton_old, new as baton_new) " : "")
        + OF_ROW.formatted(merges ? "merge_action(), " + row : row)
        + text.substring(end);
  }

  /** Returns how much further on the statement begins in {@link #returningHash}. */
  public static int shift() {
    return AHEAD.length();
  }
}

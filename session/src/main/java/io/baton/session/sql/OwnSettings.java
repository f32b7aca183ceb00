package io.baton.session.sql;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import java.util.Set;

/**
 * Settings for questions that are asked on a connection of the application: what it has set, such
 * as a limit of time or where names are looked up, must neither cut them off nor change what they
 * mean. They last until the end of the transaction.
 */
public final class OwnSettings {

  /**
   * A statement that sets them, ahead of a question in the same text and outside of a transaction:
   * then they last as long as the text. Temporary relations and types would be found first if they
   * were not named last.
   */
  public static final String AHEAD =
      "select pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true),"
          + " pg_catalog.set_config('statement_timeout', '0', true),"
          + " pg_catalog.set_config('lock_timeout', '0', true);";

  /**
   * As {@link #AHEAD}, with the client's own limit of time: a server does not notice that its
   * client has given up while it waits for a lock, and each attempt would leave one more process
   * behind it.
   */
  public static String ahead(Connection connection) throws SQLException {
    int limit = connection.getNetworkTimeout();
    return limit == 0
        ? AHEAD
        : "select pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true),"
            + " pg_catalog.set_config('statement_timeout', '%d', true),".formatted(limit)
            + " pg_catalog.set_config('lock_timeout', '%d', true);".formatted(limit / 2);
  }

  /** As {@link #AHEAD}, of limits of time alone: names are looked up as the application has it. */
  public static final String UNLIMITED =
      "select pg_catalog.set_config('statement_timeout', '0', true),"
          + " pg_catalog.set_config('lock_timeout', '0', true);";

  /** The settings that {@link #UNLIMITED} sets. */
  public static final Set<String> LIMITS = Set.of("statement_timeout", "lock_timeout");

  /**
   * A statement that sets, in a transaction, those under which values are written as text and read
   * again without a difference.
   */
  public static final String FOR_VALUES =
      "select pg_catalog.set_config('extra_float_digits', '3', true),"
          + " pg_catalog.set_config('datestyle', 'ISO', true),"
          + " pg_catalog.set_config('intervalstyle', 'postgres', true),"
          + " pg_catalog.set_config('statement_timeout', '0', true),"
          + " pg_catalog.set_config('lock_timeout', '0', true)";

  private OwnSettings() {}

  /**
   * Returns the answer to the question behind {@link #AHEAD} or {@link #UNLIMITED}.
   *
   * @param executed a statement whose first result is that of the settings
   */
  public static ResultSet answer(Statement executed) throws SQLException {
    executed.getMoreResults();
    return Objects.requireNonNull(executed.getResultSet());
  }
}

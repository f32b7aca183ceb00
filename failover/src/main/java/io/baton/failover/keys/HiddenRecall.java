package io.baton.failover.keys;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Whether code in the database asks for {@code currval} or {@code lastval}: a function, which a
 * trigger may call, a default, a view, a rule, a constraint, a condition of a trigger or a policy.
 * No statement of the application shows that; and after a replay that gives keys explicitly, such
 * code would get another key, or none.
 */
final class HiddenRecall {

  // Functions are kept as they were written, expressions as trees with the ids of what they call.
  private static final String SQL =
      """
      with recalls as (
        select ':funcid (' || 'pg_catalog.currval(regclass)'::regprocedure::oid || '|'
          || 'pg_catalog.lastval()'::regprocedure::oid || ') ' as tree)
      select exists (select from pg_catalog.pg_proc, recalls
          where pronamespace <> 'pg_catalog'::regnamespace
            and (prosrc ~* 'currval|lastval' or prosqlbody::text ~ tree))
        or exists (select from pg_catalog.pg_attrdef, recalls where adbin::text ~ tree)
        or exists (select from pg_catalog.pg_rewrite, recalls
          where ev_class >= 16384 and ev_action::text ~ tree)
        or exists (select from pg_catalog.pg_constraint, recalls where conbin::text ~ tree)
        or exists (select from pg_catalog.pg_trigger, recalls where tgqual::text ~ tree)
        or exists (select from pg_catalog.pg_type, recalls where typdefaultbin::text ~ tree)
        or exists (select from pg_catalog.pg_policy, recalls
          where polqual::text ~ tree or polwithcheck::text ~ tree)\
      """;

  private HiddenRecall() {}

  /** Returns whether there is such code. */
  static boolean isPossible(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(SQL)) {
      return !rows.next() || rows.getBoolean(1);
    }
  }
}

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
        select pg_catalog.concat(':funcid (',
          'pg_catalog.currval(pg_catalog.regclass)'::pg_catalog.regprocedure::pg_catalog.oid, '|',
          'pg_catalog.lastval()'::pg_catalog.regprocedure::pg_catalog.oid, ') ') as tree)
      select exists (select from pg_catalog.pg_proc, recalls
          where pronamespace
              OPERATOR(pg_catalog.<>) 'pg_catalog'::pg_catalog.regnamespace::pg_catalog.oid
            and (prosrc OPERATOR(pg_catalog.~*) 'currval|lastval'::pg_catalog.text
              or prosqlbody::pg_catalog.text OPERATOR(pg_catalog.~) tree))
        or exists (select from pg_catalog.pg_attrdef, recalls
          where adbin::pg_catalog.text OPERATOR(pg_catalog.~) tree)
        or exists (select from pg_catalog.pg_rewrite, recalls
          where ev_class OPERATOR(pg_catalog.>=) '16384'::pg_catalog.oid
            and ev_action::pg_catalog.text OPERATOR(pg_catalog.~) tree)
        or exists (select from pg_catalog.pg_constraint, recalls
          where conbin::pg_catalog.text OPERATOR(pg_catalog.~) tree)
        or exists (select from pg_catalog.pg_trigger, recalls
          where tgqual::pg_catalog.text OPERATOR(pg_catalog.~) tree)
        or exists (select from pg_catalog.pg_type, recalls
          where typdefaultbin::pg_catalog.text OPERATOR(pg_catalog.~) tree)
        or exists (select from pg_catalog.pg_policy, recalls
          where polqual::pg_catalog.text OPERATOR(pg_catalog.~) tree
            or polwithcheck::pg_catalog.text OPERATOR(pg_catalog.~) tree)\
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

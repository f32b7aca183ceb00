package io.baton.failover.keys;

import io.baton.session.sql.RelationName;
import io.baton.session.sql.SqlQuoting;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A sequence that only goes up and whose values are logged: neither descending nor a cycle,
 * temporary or unlogged.
 *
 * @param oid its identity, the same on every server of the cluster
 * @param name its name, with its schema
 * @param increment by how much it goes up
 * @param step by how much it goes up in its log at once
 * @param last the value that it gave last, as of the query; null if it has given none yet (it is
 *     new, or was set back), or the role may not read it
 */
record Sequence(long oid, RelationName name, long increment, long step, @Nullable Long last) {

  // Every name, type and operator is qualified: it runs under the settings of the application,
  // whose search path decides which relation is meant.
  private static final String USABLE =
      """
      select %s, s.seqrelid::pg_catalog.int8, n.nspname, c.relname, s.seqincrement,
        (s.seqcache operator(pg_catalog.+) 32) operator(pg_catalog.*) s.seqincrement,
        case when pg_catalog.has_sequence_privilege(c.oid, 'select, usage')
          then pg_catalog.pg_sequence_last_value(c.oid) end
      from pg_catalog.pg_sequence s
        join pg_catalog.pg_class c
          on c.oid operator(pg_catalog.=) s.seqrelid and c.relpersistence operator(pg_catalog.=) 'p'
        join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
        %s
      where s.seqincrement operator(pg_catalog.>) 0 and not s.seqcycle and\s""";

  private static final String NAMED =
      USABLE.formatted("''", "")
          + "s.seqrelid operator(pg_catalog.=) pg_catalog.to_regclass(?)::pg_catalog.oid";

  // The key of a row certainly comes from the sequence only if its default is a call of nextval and
  // nothing else, or the column is an identity, and no rule and no trigger sees the row before it
  // is there. The default is shown with the names that the search path requires, and in quotes if
  // those are asked for; that it is nextval of the system is told by its number.
  private static final String OF_TABLE =
      USABLE.formatted(
              "a.attname",
              """
              join pg_catalog.pg_depend d
                on d.classid operator(pg_catalog.=) %1$s and d.objid operator(pg_catalog.=) s.seqrelid
                  and d.refclassid operator(pg_catalog.=) %1$s
                  and d.deptype operator(pg_catalog.=) 'i'
                or d.refclassid operator(pg_catalog.=) %1$s
                  and d.refobjid operator(pg_catalog.=) s.seqrelid
                  and d.classid operator(pg_catalog.=) %2$s and d.deptype operator(pg_catalog.=) 'n'
              left join pg_catalog.pg_attrdef f
                on d.classid operator(pg_catalog.=) %2$s and f.oid operator(pg_catalog.=) d.objid
              join pg_catalog.pg_attribute a
                on a.attrelid operator(pg_catalog.=) f.adrelid
                  and a.attnum operator(pg_catalog.=) f.adnum
                or f.oid is null and a.attrelid operator(pg_catalog.=) d.refobjid
                  and a.attnum::pg_catalog.int4 operator(pg_catalog.=) d.refobjsubid
              join pg_catalog.pg_class t on t.oid operator(pg_catalog.=) a.attrelid
              """
                  .formatted(catalogue("pg_class"), catalogue("pg_attrdef")))
          + """
            t.oid operator(pg_catalog.=) pg_catalog.to_regclass(?)::pg_catalog.oid
            and t.relkind operator(pg_catalog.=) 'r' and not t.relhasrules
            and (f.oid is null or pg_catalog.pg_get_expr(f.adbin, f.adrelid) operator(pg_catalog.~)
                ('^("?pg_catalog"?[.])?"?nextval"?[(]''[^()]*''::'
                  '("?pg_catalog"?[.])?"?regclass"?[)]$')
              and f.adbin::pg_catalog.text operator(pg_catalog.~) pg_catalog.concat(':funcid ',
                'pg_catalog.nextval(pg_catalog.regclass)'::pg_catalog.regprocedure::pg_catalog.oid,
                ' '))
            and not exists (select from pg_catalog.pg_trigger g
              where g.tgrelid operator(pg_catalog.=) t.oid
                and (g.tgtype operator(pg_catalog.&) 7::pg_catalog.int2) operator(pg_catalog.=) 7
                and g.tgenabled operator(pg_catalog.<>) 'D')\
          """;

  private static String catalogue(String name) {
    return "'pg_catalog." + name + "'::pg_catalog.regclass::pg_catalog.oid";
  }

  /**
   * Returns whether it is at a value or past it. If not, it was set back since it gave that value,
   * or created again by the transaction that is replayed; then it will give the value again.
   */
  boolean hasPassed(long value) {
    return last != null && last >= value;
  }

  /** Returns the sequence of this name, under no column; empty if there is none. */
  static Map<String, Sequence> named(RelationName name, Connection connection) throws SQLException {
    return ask(NAMED, name, connection);
  }

  /**
   * Returns the sequences that fill columns of this table, by column; empty if that is not certain.
   */
  static Map<String, Sequence> ofTable(RelationName name, Connection connection)
      throws SQLException {
    return ask(OF_TABLE, name, connection);
  }

  private static Map<String, Sequence> ask(String sql, RelationName name, Connection connection)
      throws SQLException {
    Map<String, Sequence> found = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, SqlQuoting.relation(name));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          RelationName full = new RelationName(rows.getString(3), rows.getString(4));
          Long last = rows.getObject(7, Long.class);
          found.put(
              rows.getString(1),
              new Sequence(rows.getLong(2), full, rows.getLong(5), rows.getLong(6), last));
        }
      }
    }
    return found;
  }
}

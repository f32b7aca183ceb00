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

  private static final String USABLE =
      """
      select %s, s.seqrelid::bigint, n.nspname, c.relname, s.seqincrement,
        (s.seqcache + 32) * s.seqincrement,
        case when pg_catalog.has_sequence_privilege(c.oid, 'select, usage')
          then pg_catalog.pg_sequence_last_value(c.oid) end
      from pg_catalog.pg_sequence s
        join pg_catalog.pg_class c on c.oid = s.seqrelid and c.relpersistence = 'p'
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        %s
      where s.seqincrement > 0 and not s.seqcycle and\s""";

  private static final String NAMED =
      USABLE.formatted("''", "") + "s.seqrelid = pg_catalog.to_regclass(?)";

  // The key of a row certainly comes from the sequence only if its default is a call of nextval and
  // nothing else, or the column is an identity, and no rule and no trigger sees the row before it
  // is there.
  private static final String OF_TABLE =
      USABLE.formatted(
              "a.attname",
              """
              join pg_catalog.pg_depend d
                on d.classid = 'pg_catalog.pg_class'::regclass and d.objid = s.seqrelid
                  and d.refclassid = 'pg_catalog.pg_class'::regclass and d.deptype = 'i'
                or d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = s.seqrelid
                  and d.classid = 'pg_catalog.pg_attrdef'::regclass and d.deptype = 'n'
              left join pg_catalog.pg_attrdef f
                on d.classid = 'pg_catalog.pg_attrdef'::regclass and f.oid = d.objid
              join pg_catalog.pg_attribute a
                on a.attrelid = f.adrelid and a.attnum = f.adnum
                or f.oid is null and a.attrelid = d.refobjid and a.attnum = d.refobjsubid
              join pg_catalog.pg_class t on t.oid = a.attrelid
              """)
          + """
            t.oid = pg_catalog.to_regclass(?) and t.relkind = 'r' and not t.relhasrules
            and (f.oid is null or pg_catalog.pg_get_expr(f.adbin, f.adrelid)
              ~ '^nextval[(]''[^()]*''::regclass[)]$')
            and not exists (select from pg_catalog.pg_trigger g
              where g.tgrelid = t.oid and g.tgtype & 7 = 7 and g.tgenabled <> 'D')\
          """;

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

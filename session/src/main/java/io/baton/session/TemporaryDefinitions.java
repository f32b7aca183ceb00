package io.baton.session;

import io.baton.session.sql.OwnSettings;
import io.baton.session.sql.SqlQuoting;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the definitions of temporary tables from the server that has them: of those whose own
 * statement cannot be run again, such as {@code CREATE TABLE ... AS}.
 *
 * <p>A definition has columns with their types, collations, defaults and NOT NULL, constraints and
 * indexes. A table with a trigger, a rule, a policy, a parent, partitions, or an identity or
 * generated column is left out, as are views.
 */
public final class TemporaryDefinitions {

  private static final String QUESTION =
      """
      select c.relname, 1, string_agg(
          pg_catalog.quote_ident(a.attname) || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod)
          || case when a.attcollation <> t.typcollation then ' collate ' || (
               select pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(l.collname)
               from pg_catalog.pg_collation l
               join pg_catalog.pg_namespace n on n.oid = l.collnamespace
               where l.oid = a.attcollation) else '' end
          || case when d.adbin is null then ''
               else ' default ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) end
          || case when a.attnotnull then ' not null' else '' end, ', ' order by a.attnum)
        from pg_catalog.pg_class c
        join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        join pg_catalog.pg_type t on t.oid = a.atttypid
        left join pg_catalog.pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
        where c.relnamespace = pg_catalog.pg_my_temp_schema() and c.relkind = 'r'
          and c.relname = any (?)
          and not c.relhastriggers and not c.relhasrules and not c.relrowsecurity
          and not c.relispartition and not exists (
            select from pg_catalog.pg_inherits i where c.oid in (i.inhrelid, i.inhparent))
          and not exists (select from pg_catalog.pg_attribute g
            where g.attrelid = c.oid and (g.attidentity <> '' or g.attgenerated <> ''))
        group by c.oid, c.relname
      union all
      select c.relname, 2, 'alter table pg_temp.' || pg_catalog.quote_ident(c.relname)
          || ' add constraint ' || pg_catalog.quote_ident(k.conname) || ' '
          || pg_catalog.pg_get_constraintdef(k.oid)
        from pg_catalog.pg_class c join pg_catalog.pg_constraint k on k.conrelid = c.oid
        where c.relnamespace = pg_catalog.pg_my_temp_schema() and k.contype in ('c', 'u', 'p', 'x')
      union all
      select c.relname, 3, pg_catalog.pg_get_indexdef(i.indexrelid)
        from pg_catalog.pg_class c join pg_catalog.pg_index i on i.indrelid = c.oid
        where c.relnamespace = pg_catalog.pg_my_temp_schema()
          and not exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid)
      order by 1, 2, 3
      """;

  private TemporaryDefinitions() {}

  /**
   * Reads the definitions.
   *
   * @param temporaries the relations wanted, by name
   * @return the statements that create each relation, without the relations that are left out
   */
  public static Map<String, List<String>> ask(
      Connection connection, Map<String, SessionState.Temporary> temporaries) throws SQLException {
    Map<String, List<String>> definitions = new LinkedHashMap<>();
    Collection<String> names = new ArrayList<>();
    temporaries.forEach(
        (name, temporary) -> {
          if (temporary.definitions().isEmpty()) {
            names.add(name);
          }
        });
    if (names.isEmpty()) {
      return definitions;
    }
    // Names are written with their schema then: none but pg_catalog is looked up.
    try (PreparedStatement question = connection.prepareStatement(OwnSettings.AHEAD + QUESTION)) {
      question.setArray(1, connection.createArrayOf("text", names.toArray()));
      question.execute();
      try (ResultSet rows = OwnSettings.answer(question)) {
        while (rows.next()) {
          take(rows.getString(1), rows.getInt(2), rows.getString(3), temporaries, definitions);
        }
      }
    }
    return definitions;
  }

  private static void take(
      String name,
      int part,
      String text,
      Map<String, SessionState.Temporary> temporaries,
      Map<String, List<String>> definitions) {
    SessionState.Temporary temporary = temporaries.get(name);
    if (part == 1 && temporary != null) {
      List<String> statements = new ArrayList<>();
      statements.add(
          "create temporary table "
              + SqlQuoting.identifier(name)
              + " ("
              + text
              + ") on commit "
              + switch (temporary.onCommit()) {
                case DELETE_ROWS -> "delete rows";
                case DROP -> "drop";
                case PRESERVE_ROWS -> "preserve rows";
              });
      definitions.put(name, statements);
    } else if (definitions.containsKey(name)) {
      definitions.get(name).add(inMySchema(text));
    }
  }

  /** The name of the schema of temporary relations is another one in each session. */
  private static String inMySchema(String definition) {
    return definition.replaceAll("\\bpg_temp_\\d+\\.", "pg_temp.");
  }
}

package io.baton.session;

import io.baton.session.sql.OwnSettings;
import io.baton.session.sql.SqlQuoting;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the definitions of what is temporary from the server that has it: of tables whose own
 * statement cannot be run again, such as {@code CREATE TABLE ... AS}, or was not seen, since code
 * ran it; and of views, sequences and functions.
 *
 * <p>The definition of a table has columns with their types, collations, defaults and NOT NULL,
 * constraints and indexes. A table with a trigger, a rule, a policy, a parent, partitions, or a
 * serial, identity or generated column is left out, and so is a type, and whatever has privileges
 * that were granted, options or a comment. What becomes of the rows at commit, the server does not
 * tell: if any function of the database has {@code ON COMMIT} in it, everything is left out.
 *
 * <p>What belongs to the session user is made without a role: that user may have another name at
 * the successor of a cut over.
 */
public final class TemporaryDefinitions {

  private static final String QUESTION =
      """
      with own as (
        select c.oid, c.relname, c.relkind, coalesce(
            nullif(pg_catalog.pg_get_userbyid(c.relowner), session_user), 'none') as owner
          from pg_catalog.pg_class c
          where c.relnamespace = pg_catalog.pg_my_temp_schema()
            and c.relname = any (?) and not exists (select from pg_catalog.pg_proc p
              where p.oid >= 16384 and p.prosrc ~* 'on[[:space:]]+commit')
            and c.relacl is null and c.reloptions is null and c.relreplident <> 'i'
            and not exists (select from pg_catalog.pg_description d
              where d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objoid = c.oid)
            and not exists (select from pg_catalog.pg_attribute a where a.attrelid = c.oid
              and (a.attacl is not null or a.attoptions is not null))
            and not exists (select from pg_catalog.pg_statistic_ext e where e.stxrelid = c.oid)
            and not exists (select from pg_catalog.pg_index i where i.indrelid = c.oid
              and (i.indisclustered or i.indisreplident)))
      select c.relname, 1, string_agg(
          pg_catalog.quote_ident(a.attname) || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod)
          || case when a.attcollation <> t.typcollation then ' collate ' || (
               select pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(l.collname)
               from pg_catalog.pg_collation l
               join pg_catalog.pg_namespace n on n.oid = l.collnamespace
               where l.oid = a.attcollation) else '' end
          || case when d.adbin is null then ''
               else ' default ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) end
          || case when a.attnotnull then ' not null' else '' end, ', ' order by a.attnum), c.owner, c.oid
        from own c join pg_catalog.pg_class k on k.oid = c.oid
        join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        join pg_catalog.pg_type t on t.oid = a.atttypid
        left join pg_catalog.pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
        where c.relkind = 'r'
          and not k.relhastriggers and not k.relhasrules and not k.relrowsecurity
          and not k.relispartition and not exists (
            select from pg_catalog.pg_inherits i where c.oid in (i.inhrelid, i.inhparent))
          and not exists (select from pg_catalog.pg_attribute g
            where g.attrelid = c.oid and (g.attidentity <> '' or g.attgenerated <> ''))
          and not exists (select from pg_catalog.pg_depend p
            join pg_catalog.pg_class s on s.oid = p.objid and s.relkind = 'S'
            where p.refobjid = c.oid and p.deptype = 'a')
        group by c.oid, c.relname, c.owner
      union all
      select c.relname, 2, 'alter table pg_temp.' || pg_catalog.quote_ident(c.relname)
          || ' add constraint ' || pg_catalog.quote_ident(k.conname) || ' '
          || pg_catalog.pg_get_constraintdef(k.oid), c.owner, c.oid
        from own c join pg_catalog.pg_constraint k on k.conrelid = c.oid
        where k.contype in ('c', 'u', 'p', 'x')
      union all
      select c.relname, 3, pg_catalog.pg_get_indexdef(i.indexrelid), c.owner, c.oid
        from own c join pg_catalog.pg_index i on i.indrelid = c.oid
        where not exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid)
      union all
      select c.relname, 4, 'create temporary view ' || pg_catalog.quote_ident(c.relname) || ' ('
          || (select string_agg(pg_catalog.quote_ident(a.attname), ', ' order by a.attnum)
            from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0)
          || ') as ' || rtrim(pg_catalog.pg_get_viewdef(c.oid), ';'), c.owner, c.oid
        from own c join pg_catalog.pg_class k on k.oid = c.oid
        where c.relkind = 'v' and k.reloptions is null and not k.relhastriggers
          and 1 = (select count(*) from pg_catalog.pg_rewrite r where r.ev_class = c.oid)
      union all
      select c.relname, 5, 'create temporary sequence ' || pg_catalog.quote_ident(c.relname)
          || ' as ' || pg_catalog.format_type(s.seqtypid, null) || ' increment by '
          || s.seqincrement || ' minvalue ' || s.seqmin || ' maxvalue ' || s.seqmax || ' start with '
          || s.seqstart || ' cache ' || s.seqcache
          || case when s.seqcycle then ' cycle' else '' end, c.owner, c.oid
        from own c join pg_catalog.pg_sequence s on s.seqrelid = c.oid
        where c.relkind = 'S'
      union all
      select 'function ' || p.proname, 6, pg_catalog.pg_get_functiondef(p.oid),
          coalesce(nullif(pg_catalog.pg_get_userbyid(p.proowner), session_user), 'none'), p.oid
        from pg_catalog.pg_proc p
        where p.pronamespace = pg_catalog.pg_my_temp_schema() and p.prokind in ('f', 'p')
          and p.proacl is null
          and 'function ' || p.proname = any (?)
      order by 5, 2, 3
      """;

  private TemporaryDefinitions() {}

  /**
   * Reads the definitions.
   *
   * @param wanted what is wanted, by its key
   * @param authorization the session user, as in {@link SessionState#authorization}
   * @return what makes each of them, without those that are left out
   */
  public static Map<String, List<Making>> ask(
      Connection connection,
      Map<String, SessionState.Temporary> wanted,
      @Nullable String authorization)
      throws SQLException {
    Map<String, List<Making>> definitions = new LinkedHashMap<>();
    // Names are written with their schema then: none but pg_catalog is looked up.
    try (PreparedStatement question = connection.prepareStatement(OwnSettings.AHEAD + QUESTION)) {
      Array names = connection.createArrayOf("text", wanted.keySet().toArray());
      question.setArray(1, names);
      question.setArray(2, names);
      question.execute();
      try (ResultSet rows = OwnSettings.answer(question)) {
        while (rows.next()) {
          take(rows, wanted, authorization, definitions);
        }
      }
    }
    return definitions;
  }

  private static void take(
      ResultSet row,
      Map<String, SessionState.Temporary> wanted,
      @Nullable String authorization,
      Map<String, List<Making>> definitions)
      throws SQLException {
    String name = row.getString(1);
    String text = inMySchema(row.getString(3));
    SessionState.Temporary temporary = wanted.get(name);
    switch (row.getInt(2)) {
      case 1 -> {
        if (temporary != null) {
          text =
              "create temporary table "
                  + SqlQuoting.identifier(name)
                  + " ("
                  + text
                  + ") on commit "
                  + switch (temporary.onCommit()) {
                    case DELETE_ROWS -> "delete rows";
                    case DROP -> "drop";
                    case PRESERVE_ROWS -> "preserve rows";
                  };
        }
      }
      case 2, 3 -> {
        if (!definitions.containsKey(name)) {
          return; // Of a table that is left out.
        }
      }
      default -> {}
    }
    definitions
        .computeIfAbsent(name, first -> new ArrayList<>())
        .add(Making.qualified(row.getRow(), text, authorization, row.getString(4)));
  }

  /** The name of the schema of temporary relations is another one in each session. */
  private static String inMySchema(String definition) {
    return definition.replaceAll("\\bpg_temp_\\d+\\.", "pg_temp.");
  }
}

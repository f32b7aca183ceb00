package io.baton.session;

import io.baton.session.SessionState.AdvisoryLock;
import io.baton.session.sql.OwnSettings;
import io.baton.session.sql.SettingNames;
import io.baton.session.sql.SqlQuoting;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A query that asks the server for the state of the session, in one round trip; in two, if the
 * session turns out to have something that was not expected. To plan what describes temporary
 * relations costs the server more than all the rest, and most sessions have none.
 *
 * <p>Custom settings ({@code app.tenant}) are not in {@code pg_settings} and are asked for by name.
 * What has such a name and is there belongs to an extension, and is told like any other setting:
 * only if the session has set it.
 *
 * @param sql a single SELECT of kind, name and value
 * @param rest what to ask if the answer says that there is more to tell; null if it tells all
 */
public record ReadBack(String sql, @Nullable String rest) {

  /** What it says there if there may be something temporary, or a parameter has a type. */
  private static final String MORE = "more";

  private static final String IS_THERE_MORE =
      """
      union all select 'more', '', null
        where pg_catalog.pg_my_temp_schema() OPERATOR(pg_catalog.<>) 0::pg_catalog.oid
          or exists (select from pg_catalog.pg_prepared_statements where from_sql)
      """;

  private static final String QUESTION =
      """
      with known as materialized (select name, source from pg_catalog.pg_settings)
      select 'setting', name, pg_catalog.current_setting(name)
        from known
        where source OPERATOR(pg_catalog.=) 'session'::pg_catalog.text
      union all select 'user', '', session_user::pg_catalog.text
      union all select 'role', '', pg_catalog.current_setting('role')
      union all select 'prepared', name, statement
        from pg_catalog.pg_prepared_statements where from_sql
      union all select 'channel', c, null from pg_catalog.pg_listening_channels() c
      union all select 'lock',
          case when objsubid OPERATOR(pg_catalog.=) 1::pg_catalog.int2
            then ((classid::pg_catalog.int8 OPERATOR(pg_catalog.<<) 32)
              OPERATOR(pg_catalog.|) objid::pg_catalog.int8)::pg_catalog.text
            else pg_catalog.concat(classid::pg_catalog.int4, ', ', objid::pg_catalog.int4) end,
          case when mode OPERATOR(pg_catalog.=) 'ShareLock'::pg_catalog.text then 'shared' end
        from pg_catalog.pg_locks
        where locktype OPERATOR(pg_catalog.=) 'advisory'::pg_catalog.text
          and pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid() and granted
      union all select 'slot', slot_name, null from pg_catalog.pg_replication_slots
        where temporary and active_pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()
      union all select 'cursor', name, null from pg_catalog.pg_cursors where is_holdable
      """;

  private static final String DESCRIPTIONS =
      """
      union all select 'types', p.name, (select pg_catalog.string_agg(
            pg_catalog.concat(
              case when n.oid OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
                then 'pg_temp'::pg_catalog.name else n.nspname end,
              '.', t.typname), ', ' order by u.i)
          from pg_catalog.unnest(p.parameter_types) with ordinality u(o, i)
            join pg_catalog.pg_type t on t.oid OPERATOR(pg_catalog.=) u.o::pg_catalog.oid
            join pg_catalog.pg_namespace n on n.oid OPERATOR(pg_catalog.=) t.typnamespace)
        from pg_catalog.pg_prepared_statements p where p.from_sql
      union all select case when c.relkind OPERATOR(pg_catalog.=) 'S'::pg_catalog."char"
              and pg_catalog.has_sequence_privilege(c.oid, 'SELECT')
              and pg_catalog.pg_sequence_last_value(c.oid) is null
            or c.relkind OPERATOR(pg_catalog.<>) 'S'::pg_catalog."char"
              and pg_catalog.pg_relation_size(c.oid) OPERATOR(pg_catalog.=) 0::pg_catalog.int8
          then 'temporary' else 'filled' end,
          case when o.relname is null then c.relname else o.relname end,
          case when o.relname is null then pg_catalog.concat(c.relkind,
            (select pg_catalog.string_agg(pg_catalog.concat(a.attname, ' ',
                pg_catalog.format_type(a.atttypid, a.atttypmod), ' ', a.attnotnull, a.atthasdef,
                a.attidentity, a.attgenerated), ', ' order by a.attnum)
              from pg_catalog.pg_attribute a where a.attrelid OPERATOR(pg_catalog.=) c.oid
                and a.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2 and not a.attisdropped),
            '; ', (select pg_catalog.string_agg(pg_catalog.concat(t.tgname, t.tgenabled), ', '
                order by t.tgname)
              from pg_catalog.pg_trigger t where t.tgrelid OPERATOR(pg_catalog.=) c.oid
                and not t.tgisinternal),
            '; ', (select pg_catalog.string_agg(i.indkey::pg_catalog.text, ', '
                order by i.indkey::pg_catalog.text)
              from pg_catalog.pg_index i where i.indrelid OPERATOR(pg_catalog.=) c.oid),
            '; ', (select pg_catalog.string_agg(k.contype::pg_catalog.text, ''
                order by k.contype::pg_catalog.text)
              from pg_catalog.pg_constraint k where k.conrelid OPERATOR(pg_catalog.=) c.oid
                and k.contype OPERATOR(pg_catalog.<>) 'n'::pg_catalog."char")) end
        from pg_catalog.pg_class c
          left join pg_catalog.pg_depend d on d.objid OPERATOR(pg_catalog.=) c.oid
            and d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
            and d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
            and c.relkind OPERATOR(pg_catalog.=) 'S'::pg_catalog."char"
            and d.deptype OPERATOR(pg_catalog.=) any ('{a,i}'::pg_catalog."char"[])
          left join pg_catalog.pg_class o on o.oid OPERATOR(pg_catalog.=) d.refobjid
        where c.relnamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
          and c.relkind OPERATOR(pg_catalog.=) any ('{r,p,v,S,f}'::pg_catalog."char"[])
      union all select 'temporary', pg_catalog.concat('function ', p.proname),
          pg_catalog.concat('f', pg_catalog.string_agg(pg_catalog.md5(p.prosrc), ' '
            order by pg_catalog.md5(p.prosrc)))
        from pg_catalog.pg_proc p
        where p.pronamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
        group by p.proname
      union all select 'temporary', pg_catalog.concat('type ', t.typname),
          pg_catalog.concat('t', t.typtype)
        from pg_catalog.pg_type t
        where t.typnamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
          and (t.typtype OPERATOR(pg_catalog.=) any ('{d,e,r}'::pg_catalog."char"[])
            or exists (select from pg_catalog.pg_class c
              where c.oid OPERATOR(pg_catalog.=) t.typrelid
                and c.relkind OPERATOR(pg_catalog.=) 'c'::pg_catalog."char"))
      union all select distinct 'dependent',
          pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid), null
        from (
            select 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, c.oid
              from pg_catalog.pg_class c
              where c.relnamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
            union all select 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid, p.oid
              from pg_catalog.pg_proc p
              where p.pronamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
            union all select 'pg_catalog.pg_type'::pg_catalog.regclass::pg_catalog.oid, t.oid
              from pg_catalog.pg_type t
              where t.typnamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
          ) as mine(class, object)
          join pg_catalog.pg_depend d on d.refclassid OPERATOR(pg_catalog.=) mine.class
            and d.refobjid OPERATOR(pg_catalog.=) mine.object
        where case
            when d.classid OPERATOR(pg_catalog.=)
                'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid
              then (select c.relnamespace from pg_catalog.pg_class c
                where c.oid OPERATOR(pg_catalog.=) d.objid
                  and c.relkind OPERATOR(pg_catalog.<>) 't'::pg_catalog."char")
            when d.classid OPERATOR(pg_catalog.=)
                'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid
              then (select p.pronamespace from pg_catalog.pg_proc p
                where p.oid OPERATOR(pg_catalog.=) d.objid)
            when d.classid OPERATOR(pg_catalog.=)
                'pg_catalog.pg_type'::pg_catalog.regclass::pg_catalog.oid
              then (select t.typnamespace from pg_catalog.pg_type t
                where t.oid OPERATOR(pg_catalog.=) d.objid)
            when d.classid OPERATOR(pg_catalog.=)
                'pg_catalog.pg_constraint'::pg_catalog.regclass::pg_catalog.oid
              then (select k.connamespace from pg_catalog.pg_constraint k
                where k.oid OPERATOR(pg_catalog.=) d.objid)
            when d.classid OPERATOR(pg_catalog.=)
                'pg_catalog.pg_attrdef'::pg_catalog.regclass::pg_catalog.oid
              then (select c.relnamespace
                from pg_catalog.pg_attrdef a join pg_catalog.pg_class c
                  on c.oid OPERATOR(pg_catalog.=) a.adrelid
                where a.oid OPERATOR(pg_catalog.=) d.objid)
            when d.classid OPERATOR(pg_catalog.=)
                'pg_catalog.pg_trigger'::pg_catalog.regclass::pg_catalog.oid
              then (select c.relnamespace
                from pg_catalog.pg_trigger g join pg_catalog.pg_class c
                  on c.oid OPERATOR(pg_catalog.=) g.tgrelid
                where g.oid OPERATOR(pg_catalog.=) d.objid)
            when d.classid OPERATOR(pg_catalog.=)
                'pg_catalog.pg_policy'::pg_catalog.regclass::pg_catalog.oid
              then (select c.relnamespace
                from pg_catalog.pg_policy y join pg_catalog.pg_class c
                  on c.oid OPERATOR(pg_catalog.=) y.polrelid
                where y.oid OPERATOR(pg_catalog.=) d.objid)
            when d.classid OPERATOR(pg_catalog.=)
                'pg_catalog.pg_rewrite'::pg_catalog.regclass::pg_catalog.oid
              then (select c.relnamespace
                from pg_catalog.pg_rewrite r join pg_catalog.pg_class c
                  on c.oid OPERATOR(pg_catalog.=) r.ev_class
                where r.oid OPERATOR(pg_catalog.=) d.objid)
            when d.classid OPERATOR(pg_catalog.=)
                'pg_catalog.pg_statistic_ext'::pg_catalog.regclass::pg_catalog.oid then null
            else 0::pg_catalog.oid end
          OPERATOR(pg_catalog.<>) pg_catalog.pg_my_temp_schema()
      """;

  /** Returns the query that asks for everything in one round trip, and these settings by name. */
  public static ReadBack askingFor(Collection<String> customNames) {
    return new ReadBack(QUESTION + DESCRIPTIONS + settings(customNames), null);
  }

  /**
   * Returns the query that asks first for what any session may have, and these settings by name.
   */
  static ReadBack expectingNothingTemporary(Collection<String> customNames) {
    String custom = settings(customNames);
    return new ReadBack(QUESTION + IS_THERE_MORE + custom, QUESTION + DESCRIPTIONS + custom);
  }

  /** Returns the text that verifies a session that was rebuilt. */
  static String verifying(SessionState target) {
    return target.temporaries().isEmpty() ? QUESTION : QUESTION + DESCRIPTIONS;
  }

  private static String settings(Collection<String> customNames) {
    String names =
        customNames.stream()
            .map(name -> "(" + SqlQuoting.literal(name) + ")")
            .collect(Collectors.joining(", "));
    return names.isEmpty()
        ? ""
        : "union all select 'setting', n, pg_catalog.current_setting(n, true) from (values "
            + names
            + ") as custom(n) where pg_catalog.current_setting(n, true) is not null"
            + " and n OPERATOR(pg_catalog.<>) all (select pg_catalog.lower(name) from known)";
  }

  /** Runs the query on this connection. */
  public ServerState ask(Connection connection) throws SQLException {
    Set<String> kinds = new HashSet<>();
    ServerState answer = ask(connection, sql, kinds);
    return rest != null && kinds.contains(MORE) ? ask(connection, rest, kinds) : answer;
  }

  /**
   * Runs the query on this connection under no limit of time, outside of a transaction. What limits
   * statements and waits for locks is not told then.
   */
  public ServerState askUnlimited(Connection connection) throws SQLException {
    if (rest != null) {
      throw new IllegalStateException("It may take a second question");
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute(OwnSettings.UNLIMITED + sql);
      try (ResultSet rows = OwnSettings.answer(statement)) {
        return read(rows).without(OwnSettings.LIMITS);
      }
    }
  }

  private static ServerState ask(Connection connection, String question, Set<String> kinds)
      throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(question)) {
      return read(rows, kinds);
    }
  }

  /**
   * Asks for the values of some settings only, in a statement that the server keeps prepared.
   *
   * @return the values by name; null where one is not set
   */
  public static Map<String, @Nullable String> ask(Connection connection, Collection<String> names)
      throws SQLException {
    StringBuilder sql = new StringBuilder("select ");
    for (String name : names) {
      sql.append(sql.length() > 7 ? ", " : "")
          .append("pg_catalog.current_setting(")
          .append(SqlQuoting.literal(name))
          .append(", true)");
    }
    Map<String, @Nullable String> values = new LinkedHashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(sql.toString());
        ResultSet row = statement.executeQuery()) {
      row.next();
      int column = 0;
      for (String name : names) {
        values.put(name, row.getString(++column));
      }
    }
    return values;
  }

  private static void setting(String name, String value, Map<String, String> settings) {
    if (!SettingNames.isOfTransaction(name)) {
      settings.put(name, value);
    }
  }

  /** Reads the rows of such a query. */
  static ServerState read(ResultSet rows) throws SQLException {
    return read(rows, new HashSet<>());
  }

  private static ServerState read(ResultSet rows, Set<String> kinds) throws SQLException {
    Map<String, String> settings = new LinkedHashMap<>();
    Map<String, String> prepared = new LinkedHashMap<>();
    Map<String, String> types = new HashMap<>();
    Set<String> channels = new LinkedHashSet<>();
    Set<AdvisoryLock> locks = new LinkedHashSet<>();
    Map<String, String> temporaries = new LinkedHashMap<>();
    Set<String> filled = new HashSet<>();
    Set<String> cursors = new LinkedHashSet<>();
    Set<String> elsewhere = new LinkedHashSet<>();
    String user = "";
    String role = "none";
    while (rows.next()) {
      String name = rows.getString(2);
      String value = rows.getString(3);
      kinds.add(rows.getString(1));
      switch (rows.getString(1)) {
        case "setting" -> setting(SettingNames.normalize(name), value, settings);
        case "user" -> user = value;
        case "role" -> role = value;
        case "prepared" -> prepared.put(name, value);
        case "types" -> types.put(name, value == null ? "" : value);
        case "channel" -> channels.add(name);
        case "lock" -> locks.add(new AdvisoryLock(name, value != null));
        case "temporary" -> describe(name, value, temporaries);
        case "filled" -> {
          filled.add(name);
          describe(name, value, temporaries);
        }
        case "cursor" -> cursors.add(name);
        case "slot" -> elsewhere.add(ServerState.SLOT + name);
        case "dependent" -> elsewhere.add(ServerState.DEPENDENT + name);
        case MORE -> {}
        default -> throw new SQLException("Not asked for: " + rows.getString(1), "XX000");
      }
    }
    Map<String, ServerState.Prepared> statements = new LinkedHashMap<>();
    prepared.forEach(
        (name, sql) ->
            statements.put(name, new ServerState.Prepared(sql, types.getOrDefault(name, ""))));
    Map<String, ServerState.Temporary> found = new LinkedHashMap<>();
    temporaries.forEach(
        (name, text) ->
            found.put(
                name,
                new ServerState.Temporary(
                    text.substring(0, 1), filled.contains(name), text.substring(1))));
    return new ServerState(
        settings, user, role, statements, channels, locks, found, cursors, elsewhere);
  }

  /** A sequence that belongs to a table comes without a description: it is part of the table. */
  private static void describe(
      String name, @Nullable String text, Map<String, String> temporaries) {
    if (text != null) {
      temporaries.put(name, text);
    }
  }
}

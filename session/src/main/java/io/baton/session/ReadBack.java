package io.baton.session;

import io.baton.session.SessionState.AdvisoryLock;
import io.baton.session.sql.SettingNames;
import io.baton.session.sql.SqlQuoting;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A query that asks the server for the state of the session, in one round trip.
 *
 * <p>Custom settings ({@code app.tenant}) are not in {@code pg_settings} and are asked for by name.
 *
 * @param sql a single SELECT of kind, name and value
 */
public record ReadBack(String sql) {

  private static final String QUESTION =
      """
      select 'setting', name, pg_catalog.current_setting(name)
        from pg_catalog.pg_settings
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
      union all select 'temporary', relname, relkind::pg_catalog.text
        from pg_catalog.pg_class c
        where relnamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
          and relkind OPERATOR(pg_catalog.=) any ('{r,p,v,S}'::pg_catalog."char"[])
          and not exists (select from pg_catalog.pg_depend d
            where d.objid OPERATOR(pg_catalog.=) c.oid
              and d.deptype OPERATOR(pg_catalog.=) any ('{a,i}'::pg_catalog."char"[])
              and c.relkind OPERATOR(pg_catalog.=) 'S'::pg_catalog."char")
      union all select 'cursor', name, null from pg_catalog.pg_cursors where is_holdable
      """;

  /** Returns the query that also asks for these settings by name. */
  public static ReadBack askingFor(Collection<String> customNames) {
    String names =
        customNames.stream()
            .map(name -> "(" + SqlQuoting.literal(name) + ")")
            .collect(Collectors.joining(", "));
    String custom =
        names.isEmpty()
            ? ""
            : "union all select 'setting', n, pg_catalog.current_setting(n, true) from (values "
                + names
                + ") as custom(n) where pg_catalog.current_setting(n, true) is not null";
    return new ReadBack(QUESTION + custom);
  }

  /** Runs the query on this connection. */
  public ServerState ask(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return read(rows);
    }
  }

  private static void setting(String name, String value, Map<String, String> settings) {
    if (!SettingNames.isOfTransaction(name)) {
      settings.put(name, value);
    }
  }

  /** Reads the rows of {@link #sql()}. */
  static ServerState read(ResultSet rows) throws SQLException {
    Map<String, String> settings = new LinkedHashMap<>();
    Map<String, String> prepared = new LinkedHashMap<>();
    Set<String> channels = new LinkedHashSet<>();
    Set<AdvisoryLock> locks = new LinkedHashSet<>();
    Map<String, String> temporaries = new LinkedHashMap<>();
    Set<String> cursors = new LinkedHashSet<>();
    String user = "";
    String role = "none";
    while (rows.next()) {
      String name = rows.getString(2);
      String value = rows.getString(3);
      switch (rows.getString(1)) {
        case "setting" -> setting(SettingNames.normalize(name), value, settings);
        case "user" -> user = value;
        case "role" -> role = value;
        case "prepared" -> prepared.put(name, value);
        case "channel" -> channels.add(name);
        case "lock" -> locks.add(new AdvisoryLock(name, value != null));
        case "temporary" -> temporaries.put(name, value);
        case "cursor" -> cursors.add(name);
        default -> throw new SQLException("Not asked for: " + rows.getString(1), "XX000");
      }
    }
    return new ServerState(settings, user, role, prepared, channels, locks, temporaries, cursors);
  }
}

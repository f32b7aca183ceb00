package io.baton.session;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a session took over when it began: the role and the settings of a new connection, which
 * {@code ALTER ROLE}, {@code ALTER DATABASE}, the configuration of the server and the client give.
 * Another connection may begin with others, since they were altered meanwhile or the servers are
 * configured in different ways; a session goes on with those it began with.
 *
 * <p>They are what RESET leads to, so they can be asked for at any time ({@code reset_val} of
 * {@code pg_settings}); but the role and the settings of one's own only before the session sets
 * them. Settings that a session cannot have by itself are left out: they are the server's.
 *
 * <p>Immutable.
 *
 * @param role the role, {@code none} where none is set
 * @param settings the settings that are not as they are built in, by name
 */
public record Baseline(String role, Map<String, Value> settings) {

  /**
   * The value of a setting.
   *
   * @param text the value
   * @param builtIn the value if nothing sets it; null for a setting of one's own
   */
  public record Value(String text, @Nullable String builtIn) {}

  private static final String QUESTION =
      """
      select 'role', pg_catalog.current_setting('role'), null
      union all select s.name, s.reset_val, s.boot_val from pg_catalog.pg_settings s
        where (s.context OPERATOR(pg_catalog.=) 'user'::pg_catalog.text
            or (s.context OPERATOR(pg_catalog.=) 'superuser'::pg_catalog.text
              and s.source OPERATOR(pg_catalog.=) any
                ('{database,user,database user,client}'::pg_catalog.text[])))
          and s.reset_val OPERATOR(pg_catalog.<>) s.boot_val
      union all select n, case when pg_catalog.strpos(n, '.') OPERATOR(pg_catalog.>) 0::pg_catalog.int4
            then pg_catalog.current_setting(n, true) end, null
        from (select pg_catalog.split_part(c, '=', 1) as n
          from pg_catalog.pg_db_role_setting r
            join pg_catalog.pg_database d
              on d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
            join pg_catalog.pg_roles u
              on u.rolname OPERATOR(pg_catalog.=) session_user,
            pg_catalog.unnest(r.setconfig) c
          where (r.setdatabase OPERATOR(pg_catalog.=) 0::pg_catalog.oid
              or r.setdatabase OPERATOR(pg_catalog.=) d.oid)
            and (r.setrole OPERATOR(pg_catalog.=) 0::pg_catalog.oid
              or r.setrole OPERATOR(pg_catalog.=) u.oid)) own
        where case when pg_catalog.strpos(n, '.') OPERATOR(pg_catalog.>) 0::pg_catalog.int4
          then pg_catalog.current_setting(n, true) is not null end
      """;

  private static final List<String> FOR_OPERATORS =
      List.of("log_", "track_", "auto_explain.", "pg_stat_statements.", "update_process_title");

  /** Settings of the transaction, and what cannot be set to what it reads as. */
  private static final Set<String> NOT_TAKEN_OVER =
      Set.of("transaction_isolation", "transaction_read_only", "transaction_deferrable", "seed");

  /**
   * Whether what is set differs for who reads the server's logs and statistics only. An ordinary
   * role cannot set it: a session goes on with what the administrator wants now.
   */
  private static boolean isForOperators(String name) {
    return FOR_OPERATORS.stream().anyMatch(name::startsWith);
  }

  /** Asks a connection, on which the session has set nothing so far, outside of a transaction. */
  public static Baseline ask(Connection connection) throws SQLException {
    String role = "none";
    Map<String, Value> settings = new LinkedHashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(QUESTION)) {
      while (rows.next()) {
        String name = rows.getString(1);
        if (name.equals("role")) {
          role = rows.getString(2);
        } else if (!NOT_TAKEN_OVER.contains(name) && !isForOperators(name)) {
          settings.put(name, new Value(rows.getString(2), rows.getString(3)));
        }
      }
    }
    return new Baseline(role, settings);
  }

  /** Returns what has to be set on a connection that began with another one. */
  public Takeover takeoverTo(Baseline there) {
    if (equals(there)) {
      return new Takeover(role, null, Map.of());
    }
    Map<String, String> differing = new LinkedHashMap<>();
    Set<String> names = new TreeSet<>(settings.keySet());
    names.addAll(there.settings.keySet());
    for (String name : names) {
      Value mine = settings.get(name);
      Value other = there.settings.get(name);
      String wanted = mine != null ? mine.text() : builtIn(other);
      if (!wanted.equals(other == null ? null : other.text())) {
        differing.put(name, wanted);
      }
    }
    return new Takeover(there.role, role.equals(there.role) ? null : role, differing);
  }

  /** Returns the same with these settings as another one has them. */
  Baseline with(Baseline other, Set<String> names) {
    Map<String, Value> all = new LinkedHashMap<>(settings);
    all.keySet().removeAll(names);
    for (String name : names) {
      Value value = other.settings.get(name);
      if (value != null) {
        all.put(name, value);
      }
    }
    return new Baseline(role, all);
  }

  /** A setting of one's own cannot be unset: it reads as an empty text then. */
  private static String builtIn(@Nullable Value other) {
    return Objects.requireNonNullElse(other == null ? null : other.builtIn(), "");
  }
}

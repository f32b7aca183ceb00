package io.baton.session;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.baton.session.Baseline.Value;
import io.baton.session.sql.SqlQuoting;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Asks new connections what they began with, and remembers what they said.
 *
 * <p>The whole question takes a new backend some milliseconds, as it lists all settings with all
 * that is known of them. So it is asked once, and together with it, in the same statement, for a
 * <em>print</em>: the present values of all settings that a session can have, what is altered for
 * roles and databases, the role, when the server was started, and when the configuration was loaded
 * that the backend was started with. From then on a new connection is asked for its print first,
 * which takes a fraction of that. If it is the same, to the letter, so is the answer.
 *
 * <p>The argument. What a connection begins with comes from the configuration, from what is altered
 * for its role and database, and from what its client asked for. The first is another one only if
 * it was loaded again; a backend that loads it itself has a moment of its own, and a server that
 * was upgraded another start. The second is in the print as it is now, and as it was when the
 * connection began by the values that it gave; nothing has been set on the connection since, but
 * what the driver itself sets, which is the same for all of a login. The third is the login's.
 *
 * <p>Thread-safe.
 */
public final class Baselines {

  /** Of servers, and of what clients ask for in {@code options}. */
  private static final int MOST = 64;

  private static final String PRINT =
      """
      (array[session_user::pg_catalog.text, pg_catalog.current_setting('role'),
          pg_catalog.pg_postmaster_start_time()::pg_catalog.text,
          pg_catalog.pg_conf_load_time()::pg_catalog.text,
          (select pg_catalog.array_agg(pg_catalog.current_setting(n, true))::pg_catalog.text
            from pg_catalog.unnest(<names>::pg_catalog.text[]) n),
          array(select r from pg_catalog.pg_db_role_setting r)::pg_catalog.text]
        )::pg_catalog.text\
      """;

  /** The settings that a session can have, but for the one that the driver sets to any value. */
  private static final String NAMES =
      """
      (select pg_catalog.array_agg(p.name) from pg_catalog.pg_settings p
        where p.context OPERATOR(pg_catalog.=) any ('{user,superuser}'::pg_catalog.text[])
          and p.name OPERATOR(pg_catalog.<>) 'application_name'::pg_catalog.text)\
      """;

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
      union all select '', <names>::pg_catalog.text, <print>
      """
          .replace("<print>", PRINT)
          .replace("<names>", NAMES);

  private static final List<String> FOR_OPERATORS =
      List.of("log_", "track_", "auto_explain.", "pg_stat_statements.", "update_process_title");

  /** Settings of the transaction, and what cannot be set to what it reads as. */
  private static final Set<String> NOT_TAKEN_OVER =
      Set.of("transaction_isolation", "transaction_read_only", "transaction_deferrable", "seed");

  /**
   * What was said.
   *
   * @param names the settings of the print, as an array of the server's
   */
  private record Said(Baseline baseline, @Nullable String names, @Nullable String print) {}

  private final Cache<String, Said> known = Caffeine.newBuilder().maximumSize(MOST).build();

  /**
   * Asks a connection, on which the session has set nothing so far, outside of a transaction.
   *
   * @param login where it leads, and what its client asks for there: connections of one login send
   *     the same when they begin
   * @throws SQLException if the server does not say, or the connection breaks
   */
  public Baseline ask(Connection connection, String login) throws SQLException {
    Said before = known.getIfPresent(login);
    if (before != null && before.names() != null) {
      Baseline same = ifStillTrue(connection, before);
      if (same != null) {
        return same;
      }
    }
    Said said = whole(connection);
    known.put(login, said);
    return said.baseline();
  }

  /** Returns what was said before, if it holds for this connection. */
  private static @Nullable Baseline ifStillTrue(Connection connection, Said before)
      throws SQLException {
    String print =
        PRINT.replace("<names>", SqlQuoting.literal(Objects.requireNonNull(before.names())));
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("select " + print)) {
      row.next();
      return Objects.equals(row.getString(1), before.print()) ? before.baseline() : null;
    } catch (SQLException refused) {
      if (connection.isClosed() || String.valueOf(refused.getSQLState()).startsWith("08")) {
        throw refused;
      }
      return null; // A setting that this role may not see any more; the whole question leaves it
      // out.
    }
  }

  private static Said whole(Connection connection) throws SQLException {
    String role = "none";
    String names = null;
    String print = null;
    Map<String, Value> settings = new LinkedHashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(QUESTION)) {
      while (rows.next()) {
        String name = rows.getString(1);
        if (name.isEmpty()) {
          names = rows.getString(2);
          print = rows.getString(3);
        } else if (name.equals("role")) {
          role = rows.getString(2);
        } else if (!NOT_TAKEN_OVER.contains(name) && !isForOperators(name)) {
          settings.put(name, new Value(rows.getString(2), rows.getString(3)));
        }
      }
    }
    return new Said(new Baseline(role, settings), names, print);
  }

  /**
   * Whether what is set differs for who reads the server's logs and statistics only. An ordinary
   * role cannot set it: a session goes on with what the administrator wants now.
   */
  private static boolean isForOperators(String name) {
    return FOR_OPERATORS.stream().anyMatch(name::startsWith);
  }
}

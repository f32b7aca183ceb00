package io.baton.session;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.baton.session.Baseline.Value;
import io.baton.session.sql.OwnSettings;
import io.baton.session.sql.SettingNames;
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
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Asks new connections what they began with, and remembers what they said.
 *
 * <p>The whole question takes a new backend some milliseconds, as it lists all settings with all
 * that is known of them. So it is asked once, and together with it, in the same statement, for a
 * <em>print</em>: the present values of all settings that a session can have, what is altered for
 * roles and databases, what the connection has of it, the role, when the server was started, and
 * when the configuration was loaded that the backend was started with. From then on a new
 * connection is asked for its print first, which takes a fraction of that. If it is the same, to
 * the letter, so is the answer. Where many begin at once on a server that was not asked before, as
 * after a failover, one is asked in full and the others wait for it.
 *
 * <p>The argument. What a connection begins with comes from the configuration, from what is altered
 * for its role and database, and from what its client asked for. The first is another one only if
 * it was loaded again; a backend that loads it itself has a moment of its own, and a server that
 * was upgraded another start. The second is in the print as it is now, and as it was when the
 * connection began by the values that it gave, settings of one's own included, which no view lists;
 * nothing has been set on the connection since, but what the driver itself sets, which is the same
 * for all of a login. The third is the login's.
 *
 * <p>Thread-safe.
 */
public final class Baselines {

  private static final String INSUFFICIENT_PRIVILEGE = "42501";

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_.]+");

  /** Of servers, and of what clients ask for in {@code options}. */
  private static final int MOST = 64;

  /** How long a connection waits for what another one is told, at most. */
  private static final long LONGEST_WAIT_MILLIS = 20;

  private static final String PRINT =
      """
      (array[session_user::pg_catalog.text, pg_catalog.current_setting('role'),
          pg_catalog.pg_postmaster_start_time()::pg_catalog.text,
          pg_catalog.pg_conf_load_time()::pg_catalog.text,
          (select pg_catalog.array_agg(pg_catalog.current_setting(n, true))::pg_catalog.text
            from pg_catalog.unnest(<names>::pg_catalog.text[]) n),
          array(select r from <altered>)::pg_catalog.text,
          (select pg_catalog.array_agg(pg_catalog.concat(o.n,
              case when <value> is null then '' else '=' end, <value>) order by o.n)
              ::pg_catalog.text from <own> o)]
        )::pg_catalog.text\
      """;

  /** What is altered for the role and the database; there may be thousands for others. */
  private static final String ALTERED =
      """
      (select a.* from pg_catalog.pg_db_role_setting a
          where a.setdatabase OPERATOR(pg_catalog.=) any (array[0::pg_catalog.oid,
              (select d.oid from pg_catalog.pg_database d
                where d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())])
            and a.setrole OPERATOR(pg_catalog.=) any (array[0::pg_catalog.oid,
              (select u.oid from pg_catalog.pg_roles u
                where u.rolname OPERATOR(pg_catalog.=) session_user)])) r\
      """;

  /** Settings of one's own, which no view lists: those that are altered now, or were before. */
  private static final String OWN =
      """
      (select pg_catalog.split_part(c, '=', 1) as n
          from <altered>, pg_catalog.unnest(r.setconfig) c
          where pg_catalog.strpos(pg_catalog.split_part(c, '=', 1), '.')
            OPERATOR(pg_catalog.>) 0::pg_catalog.int4
        union select n from pg_catalog.unnest(<seen>::pg_catalog.text[]) n)\
      """;

  /**
   * Who plans the question may look at a name before it is told from those that nobody may read.
   */
  private static final String VALUE =
      """
      case when pg_catalog.strpos(o.n, '.') OPERATOR(pg_catalog.>) 0::pg_catalog.int4
          then pg_catalog.current_setting(o.n, true) end\
      """;

  /**
   * Ahead of each question, in its text: the limits of time that the connection began with, and
   * that they do not hold for the question.
   */
  private static final String LIMITS =
      """
      select pg_catalog.concat_ws(' ', pg_catalog.current_setting('statement_timeout'),
          pg_catalog.current_setting('lock_timeout')),
        pg_catalog.set_config('statement_timeout', '0', true),
        pg_catalog.set_config('lock_timeout', '0', true);\
      """;

  /**
   * The settings that are taken over, but for the one that the driver sets to any value, and those
   * of {@link #LIMITS}.
   */
  private static final String NAMES =
      """
      (select pg_catalog.array_agg(p.name) from pg_catalog.pg_settings p
        where p.context OPERATOR(pg_catalog.=) any ('{user,superuser}'::pg_catalog.text[])
          and not p.name OPERATOR(pg_catalog.=) any
            ('{application_name,statement_timeout,lock_timeout}'::pg_catalog.text[])
          and p.name OPERATOR(pg_catalog.!~)
            '^(log_|track_|auto_explain[.]|pg_stat_statements[.]|.*_process_title)'
              ::pg_catalog.text)\
      """;

  private static final String QUESTION =
      """
      select 'role', pg_catalog.current_setting('role'), null
      union all select s.name, s.reset_val, s.boot_val from pg_catalog.pg_settings s
        where (s.context OPERATOR(pg_catalog.=) 'user'::pg_catalog.text
            or (s.context OPERATOR(pg_catalog.=) 'superuser'::pg_catalog.text
              and (s.source OPERATOR(pg_catalog.=) any
                  ('{database,user,database user,client}'::pg_catalog.text[])
                or s.name OPERATOR(pg_catalog.=) 'session_replication_role'::pg_catalog.text)))
          and s.reset_val is not null
          and (s.boot_val is null or s.reset_val OPERATOR(pg_catalog.<>) s.boot_val)
      union all select o.n, <value>, null from <own> o where <value> is not null
      """
          .replace("<own>", OWN)
          .replace("<value>", VALUE)
          .replace("<altered>", ALTERED);

  /** With the print; each function of it may be refused to the role. */
  private static final String QUESTION_AND_PRINT =
      QUESTION
          + "union all select '', <names>::pg_catalog.text, <print>"
              .replace("<print>", PRINT)
              .replace("<own>", OWN)
              .replace("<value>", VALUE)
              .replace("<altered>", ALTERED)
              .replace("<names>", NAMES);

  private static final List<String> FOR_OPERATORS =
      List.of("log_", "track_", "auto_explain.", "pg_stat_statements.", "update_process_title");

  /**
   * Settings of the transaction, what cannot be set to what it reads as, and what the driver sets
   * on every connection whatever it began with.
   */
  private static final Set<String> NOT_TAKEN_OVER =
      Set.of(
          "transaction_isolation",
          "transaction_read_only",
          "transaction_deferrable",
          "seed",
          "application_name");

  /**
   * What was said.
   *
   * @param names the settings of the print, as an array of the server's
   * @param seen the settings of one's own of the print, besides those that are altered now
   */
  private record Said(
      Baseline baseline, @Nullable String names, @Nullable String print, String seen) {}

  /** Names of settings of one's own that connections began with. */
  private final Set<String> own = ConcurrentHashMap.newKeySet();

  private final Cache<String, Said> known = Caffeine.newBuilder().maximumSize(MOST).build();

  /** The logins of which one is asked just now, for the first time perhaps. */
  private final Map<String, CompletableFuture<Said>> asking = new ConcurrentHashMap<>();

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
    CompletableFuture<Said> mine = new CompletableFuture<>();
    CompletableFuture<Said> others = asking.putIfAbsent(login, mine);
    if (others != null) {
      Said meanwhile = awaited(others);
      Baseline same = meanwhile == null ? null : ifStillTrue(connection, meanwhile);
      return same != null ? same : whole(connection, login).baseline();
    }
    try {
      Said said = whole(connection, login);
      mine.complete(said);
      return said.baseline();
    } finally {
      asking.remove(login, mine);
      mine.cancel(false);
    }
  }

  /**
   * Returns what another connection is told just now; null if it takes long, or is told nothing.
   */
  private static @Nullable Said awaited(CompletableFuture<Said> others) {
    try {
      Said said = others.get(LONGEST_WAIT_MILLIS, TimeUnit.MILLISECONDS);
      return said.names() == null ? null : said;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return null;
    } catch (ExecutionException | TimeoutException | CancellationException none) {
      return null;
    }
  }

  private Said whole(Connection connection, String login) throws SQLException {
    Said said;
    try {
      said = answer(connection, QUESTION_AND_PRINT);
    } catch (SQLException refused) {
      if (!INSUFFICIENT_PRIVILEGE.equals(refused.getSQLState())) {
        throw refused;
      }
      said = answer(connection, QUESTION);
    }
    known.put(login, said);
    return said;
  }

  /** Returns what was said before, if it holds for this connection. */
  private static @Nullable Baseline ifStillTrue(Connection connection, Said before)
      throws SQLException {
    String print =
        PRINT
            .replace("<own>", OWN)
            .replace("<value>", VALUE)
            .replace("<altered>", ALTERED)
            .replace("<names>", SqlQuoting.literal(Objects.requireNonNull(before.names())))
            .replace("<seen>", SqlQuoting.literal(before.seen()));
    try (Statement statement = connection.createStatement()) {
      String limits = begun(statement, "select " + print);
      try (ResultSet row = OwnSettings.answer(statement)) {
        row.next();
        boolean same = (limits + row.getString(1)).equals(before.print());
        return same ? before.baseline() : null;
      }
    } catch (SQLException refused) {
      if (connection.isClosed() || String.valueOf(refused.getSQLState()).startsWith("08")) {
        throw refused;
      }
      return null; // A setting that this role may not see any more; the whole question leaves it
      // out.
    }
  }

  private Said answer(Connection connection, String question) throws SQLException {
    String seen = array(own);
    String role = "none";
    String names = null;
    String print = null;
    Map<String, Value> settings = new LinkedHashMap<>();
    try (Statement statement = connection.createStatement()) {
      String limits = begun(statement, question.replace("<seen>", SqlQuoting.literal(seen)));
      try (ResultSet rows = OwnSettings.answer(statement)) {
        while (rows.next()) {
          String name = rows.getString(1);
          if (name.isEmpty()) {
            names = rows.getString(2);
            print = limits + rows.getString(3);
          } else if (name.equals("role")) {
            role = rows.getString(2);
          } else if (!NOT_TAKEN_OVER.contains(name) && !isForOperators(name)) {
            settings.put(name, new Value(rows.getString(2), rows.getString(3)));
            if (SettingNames.isCustom(name)) {
              own.add(name);
            }
          }
        }
      }
    }
    return new Said(new Baseline(role, settings), names, print, seen);
  }

  /** Asks a question, and returns the limits of time that the connection began with. */
  private static String begun(Statement statement, String question) throws SQLException {
    statement.execute(LIMITS + question);
    ResultSet limits = Objects.requireNonNull(statement.getResultSet());
    limits.next();
    return limits.getString(1);
  }

  /** An array of the server's; names that would have to be quoted in it are left out. */
  private static String array(Set<String> names) {
    return names.stream()
        .filter(name -> PLAIN.matcher(name).matches())
        .sorted()
        .collect(Collectors.joining(",", "{", "}"));
  }

  /**
   * Whether what is set differs for who reads the server's logs and statistics only. An ordinary
   * role cannot set it: a session goes on with what the administrator wants now.
   */
  private static boolean isForOperators(String name) {
    return FOR_OPERATORS.stream().anyMatch(name::startsWith);
  }
}

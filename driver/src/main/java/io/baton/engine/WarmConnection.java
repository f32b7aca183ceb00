package io.baton.engine;

import io.baton.failover.DeadlineGuard;
import io.baton.failover.outcome.ServerInstance;
import io.baton.jdbc.pgjdbc.Opening;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.ServerKind;
import io.baton.routing.topology.ServerStatus;
import io.baton.session.Baseline;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a standby that is logged in and waits for a session that moves there once it is
 * promoted: see {@link WarmConnections}.
 *
 * <p>Confined to one thread after the other, except {@link #abort}, which any thread may call.
 */
final class WarmConnection {

  /** The SQLState of one that leads to a pooler: its backend is not its own. */
  static final String POOLER = "08004";

  /** The SQLState of one at whose login something runs. */
  static final String TRIGGER = "0A000";

  /** How long a server may take to say that a connection is still there. */
  private static final Duration TOUCH_LIMIT = Duration.ofSeconds(2);

  /**
   * What speaks against an idle connection: limits of the role and of the database, which count it,
   * and a server that has little room.
   */
  private static final String ROOM =
      """
      select (select r.rolconnlimit from pg_catalog.pg_roles r
            where r.rolname OPERATOR(pg_catalog.=) session_user),
          (select d.datconnlimit from pg_catalog.pg_database d
            where d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()),
          (select pg_catalog.count(*) from pg_catalog.pg_stat_get_activity(null::pg_catalog.int4))
            OPERATOR(pg_catalog.*) 2::pg_catalog.int8
            OPERATOR(pg_catalog.>)
              pg_catalog.current_setting('max_connections')::pg_catalog.int4\
      """;

  /**
   * Where it leads within its server, what it may do there, and how that was configured. A database
   * and a role keep their connections when they are renamed; who was a superuser at the login may
   * take any role, whatever became of his own; and what runs at a login on a writer has not run.
   */
  private static final String STANDING =
      """
      select pg_catalog.current_database(), session_user,
          (select pg_catalog.concat(r.rolsuper, ' ', r.rolreplication)
            from pg_catalog.pg_roles r where r.rolname OPERATOR(pg_catalog.=) session_user),
          (select pg_catalog.string_agg(
              pg_catalog.concat(s.setdatabase, ' ', s.setrole, ' ', s.setconfig), ' '
              order by s.setdatabase, s.setrole)
            from pg_catalog.pg_db_role_setting s
            where (s.setrole OPERATOR(pg_catalog.=) 0::pg_catalog.oid
                or s.setrole OPERATOR(pg_catalog.=) (select r.oid from pg_catalog.pg_roles r
                  where r.rolname OPERATOR(pg_catalog.=) session_user))
              and (s.setdatabase OPERATOR(pg_catalog.=) 0::pg_catalog.oid
                or s.setdatabase OPERATOR(pg_catalog.=) (select d.oid from pg_catalog.pg_database d
                  where d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()))),
          pg_catalog.concat(pg_catalog.current_setting('ssl'), ' ',
            pg_catalog.current_setting('local_preload_libraries')),
          pg_catalog.pg_conf_load_time()::pg_catalog.text,
          exists (select from pg_catalog.pg_event_trigger t
            where t.evtevent OPERATOR(pg_catalog.=) 'login'::pg_catalog.name
              and t.evtenabled OPERATOR(pg_catalog.<>) 'D'::pg_catalog."char")\
      """;

  /**
   * What {@link #STANDING} tells.
   *
   * @param attributes of the role that a backend keeps from its login; null if there is none
   * @param settings what was set for roles and databases; null if nothing was
   * @param atLogin whether logins are encrypted, and the libraries that they load
   * @param loaded when the configuration was loaded that its backend has
   */
  private record Standing(
      String database,
      String user,
      @Nullable String attributes,
      @Nullable String settings,
      String atLogin,
      String loaded,
      boolean runsAtLogin) {

    static Standing of(ResultSet row) throws SQLException {
      row.next();
      return new Standing(
          row.getString(1),
          row.getString(2),
          row.getString(3),
          row.getString(4),
          row.getString(5),
          row.getString(6),
          row.getBoolean(7));
    }

    /** Whether a login would have led to the same then and now, the configuration aside. */
    boolean isSameLoginAs(Standing other) {
      return database.equals(other.database)
          && user.equals(other.user)
          && Objects.equals(attributes, other.attributes)
          && Objects.equals(settings, other.settings)
          && atLogin.equals(other.atLogin);
    }
  }

  private final Opening opening;
  private final PhysicalConnection physical;
  private final PhysicalConnection.Work<Baseline> beginning;
  private final ServerKind kind;
  private final ServerInstance standby;
  private final Standing standing;
  private Baseline baseline;

  /** What it said last. */
  private @Nullable Standing latest;

  private final long opened = System.nanoTime();
  private long touched = opened;

  private WarmConnection(
      Opening opening,
      PhysicalConnection physical,
      PhysicalConnection.Work<Baseline> beginning,
      ServerKind kind)
      throws SQLException {
    this.opening = opening;
    this.physical = physical;
    this.beginning = beginning;
    this.kind = kind;
    this.standby = physical.inAutocommit(this::identity);
    this.standing = Objects.requireNonNull(latest);
    requireOwnStandby();
    physical.inAutocommit(WarmConnection::requireRoom);
    this.baseline = physical.inAutocommit(beginning);
  }

  private void requireOwnStandby() throws SQLException {
    if (!physical.isOnStandby()) {
      throw new SQLException("it is no standby", "25006");
    }
    if (standby.backend() != physical.backendProcess()) {
      throw new SQLException("a pooler is between", POOLER);
    }
    if (standing.runsAtLogin()) {
      throw new SQLException("a trigger runs at the login", TRIGGER);
    }
  }

  /**
   * Opens one.
   *
   * @param beginning asks it what it began with
   * @param limit how long it may take as a whole
   * @throws SQLException if it cannot be opened, or is not to be kept
   */
  static WarmConnection open(
      Opening opening, PhysicalConnection.Work<Baseline> beginning, ServerKind kind, Duration limit)
      throws SQLException {
    PhysicalConnection physical = opening.open(limit);
    DeadlineGuard guard =
        DeadlineGuard.abortAfter(limit, () -> opening.abort("the server does not answer"));
    boolean isKept = false;
    try (guard) {
      WarmConnection opened = new WarmConnection(opening, physical, beginning, kind);
      isKept = true;
      return opened;
    } finally {
      if (!isKept) {
        physical.close();
      }
    }
  }

  private static boolean requireRoom(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(ROOM)) {
      row.next();
      if (row.getInt(1) >= 0 || row.getInt(2) >= 0 || row.getBoolean(3)) {
        throw new SQLException(
            "the connections of the role, the database or the server are few", "53300");
      }
      return true;
    }
  }

  Endpoint endpoint() {
    return physical.endpoint();
  }

  /** The connection, which is the session's from now on. */
  PhysicalConnection begin() {
    physical.beginsNow();
    return physical;
  }

  /** What it began with. */
  Baseline baseline() {
    return baseline;
  }

  /** How long ago it was opened. */
  Duration age() {
    return Duration.ofNanos(System.nanoTime() - opened);
  }

  /** How long ago the server was last heard on it. */
  Duration idle() {
    return Duration.ofNanos(System.nanoTime() - touched);
  }

  /** Whether it is gone, or its server has sent something unasked, which is the end of it. */
  boolean isOver() {
    return physical.isSevered() || physical.hasInput();
  }

  /** Asks the server for a sign of life, which also keeps what is between from forgetting it. */
  boolean answers() {
    DeadlineGuard guard =
        DeadlineGuard.abortAfter(TOUCH_LIMIT, () -> abort("the server does not answer"));
    try (guard) {
      physical.inAutocommit(WarmConnection::requireRoom);
      touched = System.nanoTime();
      return !guard.fired();
    } catch (SQLException gone) {
      return false;
    }
  }

  /**
   * Asks who its server is, and in the same round trip what {@link #isAsANewOne} is about.
   *
   * @param connection its own, outside of a transaction
   */
  ServerInstance identity(Connection connection) throws SQLException {
    return ServerInstance.of(connection, kind, STANDING, answer -> latest = Standing.of(answer));
  }

  /**
   * Whether it leads to the server that was promoted, and that the monitor knows at its address:
   * the standby that it was opened to, which has not been restarted since.
   *
   * @param now what the server says of itself on this connection; null if it does not
   * @param known what is known of the address
   */
  boolean leadsTo(@Nullable ServerInstance now, EndpointState known) {
    ServerStatus status = known.status();
    return now != null
        && known.abortReason() == null
        && now.isWriter()
        && now.backend() == standby.backend()
        && now.started().equals(standby.started())
        && now.systemIdentifier().equals(standby.systemIdentifier())
        && (status == null || now.wasStartedAt(status.startedAt()));
  }

  /**
   * Whether it is what a login would give at the time when its {@link #identity} was asked for, as
   * far as that was altered since it was opened: the database and the role have kept their names,
   * the role what it may do and the settings that are its own, a login is encrypted as before and
   * loads the same libraries, and nothing runs at it. A configuration that was loaded again is
   * asked for, as nothing was set here since.
   *
   * @throws SQLException if the connection breaks, or the server does not say
   */
  boolean isAsANewOne() throws SQLException {
    Standing now = latest;
    if (now == null || now.runsAtLogin() || !now.isSameLoginAs(standing)) {
      return false;
    }
    if (!now.loaded().equals(standing.loaded())) {
      baseline = physical.inAutocommit(beginning);
    }
    return true;
  }

  void close() {
    physical.close();
  }

  void abort(@Nullable String reason) {
    opening.abort(reason == null ? "it is not needed any more" : reason);
  }

  /** Its server is given up: see {@link Opening#giveUp}. */
  void giveUp(String reason) {
    opening.giveUp(reason);
  }

  @Override
  public String toString() {
    return physical.toString();
  }
}

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

  private final Opening opening;
  private final PhysicalConnection physical;
  private final Baseline baseline;
  private final ServerInstance standby;
  private final long opened = System.nanoTime();
  private long touched = opened;

  private WarmConnection(
      Opening opening, PhysicalConnection physical, Baseline baseline, ServerInstance standby) {
    this.opening = opening;
    this.physical = physical;
    this.baseline = baseline;
    this.standby = standby;
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
      ServerInstance standby = physical.inAutocommit(asked -> ServerInstance.of(asked, kind));
      if (!physical.isOnStandby()) {
        throw new SQLException("it is no standby", "25006");
      }
      if (standby.backend() != physical.backendProcess()) {
        throw new SQLException("a pooler is between", POOLER);
      }
      physical.inAutocommit(WarmConnection::requireRoom);
      Baseline baseline = physical.inAutocommit(beginning);
      isKept = true;
      return new WarmConnection(opening, physical, baseline, standby);
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

  /** Whether it is known to be gone, or its server has sent what nobody asked for: its end. */
  boolean isOver() {
    return physical.isSevered() || physical.hasInput();
  }

  /** Asks the server for a sign of life, which also keeps what is between from forgetting it. */
  boolean answers() {
    DeadlineGuard guard =
        DeadlineGuard.abortAfter(TOUCH_LIMIT, () -> abort("the server does not answer"));
    try (guard) {
      physical.inAutocommit(
          idle -> {
            try (Statement statement = idle.createStatement()) {
              statement.execute("");
            }
            return true;
          });
      touched = System.nanoTime();
      return !guard.fired();
    } catch (SQLException gone) {
      return false;
    }
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

  void close() {
    physical.close();
  }

  void abort(@Nullable String reason) {
    opening.abort(reason == null ? "it is not needed any more" : reason);
  }

  @Override
  public String toString() {
    return physical.toString();
  }
}

package io.baton.failover.outcome;

import io.baton.failover.Deadline;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Ends a backend whose client is gone, and finds out whether it is gone. Until the server notices
 * the loss of the client, the backend holds its locks, and may still commit.
 *
 * <p>The argument. A backend is known by its process id and the moment it started, both of which
 * the server told the role that logged in. Every role is shown the process ids of all backends, but
 * when a backend started only if it is a member of the role that logged in there. So a process id
 * that is not shown is proof that the backend is gone; one that is shown with another start is,
 * too; one that is shown without its start proves nothing, and is left alone.
 *
 * <p>A backend that waits for a synchronous standby is not ended: its commit would become visible
 * without being replicated. It is waited for. Where such standbys are configured, a backend that
 * may be committing is not ended within its first seconds, for it may be about to wait.
 */
public final class Fence {

  /** What is seen of a backend. */
  enum Presence {
    /** The backend is gone. */
    GONE,
    /** It is there. */
    RUNNING,
    /** It is there, has committed, and waits for a synchronous standby. */
    AWAITS_STANDBY,
    /** A backend with its process id is there, and whether it is the same cannot be seen. */
    HIDDEN
  }

  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(50);

  /** How long a backend that cannot be told from another one is waited for. */
  private static final Duration HIDDEN_PATIENCE = Duration.ofSeconds(2);

  private static final String IDENTITY =
      " from pg_catalog.pg_stat_get_activity(?::pg_catalog.int4) a where extract(epoch from a.backend_start)"
          + "::pg_catalog.text operator(pg_catalog.=) ?";

  private static final String LOOK =
      "select extract(epoch from a.backend_start)::pg_catalog.text,"
          + " a.wait_event operator(pg_catalog.=) 'SyncRep'"
          + " from pg_catalog.pg_stat_get_activity(?::pg_catalog.int4) a";

  private static final String TERMINATE =
      "select pg_catalog.pg_terminate_backend(a.pid)" + IDENTITY;

  private static final String TERMINATE_UNLESS_IT_COMMITS =
      TERMINATE
          + " and (a.wait_event operator(pg_catalog.=) 'SyncRep') is not true"
          + " and (pg_catalog.current_setting('synchronous_standby_names')"
          + " operator(pg_catalog.=) ''"
          + " or a.state operator(pg_catalog.<>) 'active'"
          + " or a.query_start operator(pg_catalog.<)"
          + " (pg_catalog.clock_timestamp() operator(pg_catalog.-) '5 s'::pg_catalog.interval))";

  private Fence() {}

  /** Looks for a backend. */
  static Presence look(ServerInstance lost, Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(LOOK)) {
      statement.setString(1, Integer.toString(lost.backend()));
      try (ResultSet rows = statement.executeQuery()) {
        if (!rows.next()) {
          return Presence.GONE;
        }
        String started = rows.getString(1);
        if (started == null || lost.backendStarted() == null) {
          return Presence.HIDDEN;
        }
        if (!started.equals(lost.backendStarted())) {
          return Presence.GONE;
        }
        return rows.getBoolean(2) ? Presence.AWAITS_STANDBY : Presence.RUNNING;
      }
    }
  }

  /**
   * Asks for the end of a backend; does not wait.
   *
   * @param lost the server and backend of the connection that was lost
   * @param mayCommit whether it was told to commit: then it is left alone while it may be about to
   *     be done
   * @param connection another connection to the same server, as the role that logged in
   * @return whether it was there, and was told to end
   * @throws SQLException if the server does not allow it, or the connection breaks
   */
  static boolean ask(ServerInstance lost, boolean mayCommit, Connection connection)
      throws SQLException {
    return terminate(mayCommit ? TERMINATE_UNLESS_IT_COMMITS : TERMINATE, lost, connection);
  }

  /**
   * Ends a backend, and waits until it is gone.
   *
   * @param mayCommit whether it was told to commit: then it is left alone, and not waited for,
   *     while it may be about to be done
   * @param holds whether it is waited for even so
   * @param connection another connection to the same server, as the role that logged in
   * @throws SQLException if the server does not allow it, or the connection breaks
   */
  public static void end(
      ServerInstance lost,
      boolean mayCommit,
      boolean holds,
      Connection connection,
      Deadline deadline)
      throws SQLException {
    for (Pause pause = new Pause(deadline); ; pause.take()) {
      boolean isThere =
          ask(lost, mayCommit, connection) || (holds && isShown(look(lost, connection)));
      if (!isThere || deadline.isOver()) {
        return;
      }
    }
  }

  private static boolean isShown(Presence seen) {
    return seen == Presence.RUNNING || seen == Presence.AWAITS_STANDBY;
  }

  private static boolean terminate(String sql, ServerInstance lost, Connection connection)
      throws SQLException {
    String started = lost.backendStarted();
    if (started == null) {
      return false;
    }
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, Integer.toString(lost.backend()));
      statement.setString(2, started);
      try (ResultSet told = statement.executeQuery()) {
        return told.next();
      }
    }
  }

  /**
   * Ends a backend that may be committing, and waits until it is gone.
   *
   * @param lost the server and backend of the connection that was lost
   * @param connection another connection to the same server, as the role that logged in
   * @return what was seen last
   * @throws SQLException if the connection breaks
   */
  static Presence off(ServerInstance lost, Connection connection, Deadline deadline)
      throws SQLException {
    long began = System.nanoTime();
    for (Pause pause = new Pause(deadline); ; ) {
      Presence seen = look(lost, connection);
      boolean hopeless =
          seen == Presence.HIDDEN && System.nanoTime() - began > HIDDEN_PATIENCE.toNanos();
      if (seen == Presence.GONE || hopeless || deadline.isOver()) {
        return seen;
      }
      if (seen == Presence.RUNNING) {
        ask(lost, true, connection);
      }
      pause.take();
    }
  }

  /** The pauses between looks; each is longer than the one before. */
  static final class Pause {

    private final Deadline deadline;
    private Duration next = SHORTEST_PAUSE;

    Pause(Deadline deadline) {
      this.deadline = deadline;
    }

    /** Waits; not past the deadline. */
    void take() {
      Duration left = deadline.remaining();
      LockSupport.parkNanos((next.compareTo(left) < 0 ? next : left).toNanos());
      next =
          next.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? next.multipliedBy(2) : LONGEST_PAUSE;
    }
  }
}

package io.baton.engine;

import io.baton.failover.RecoveryLimits;
import io.baton.failover.outcome.ServerInstance;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.Cluster;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.Role;
import io.baton.routing.topology.ServerKind;
import io.baton.routing.topology.ServerStatus;
import io.baton.routing.topology.Topology;
import java.sql.SQLException;

/**
 * Whether the connections of a session lead to the servers that they are meant to lead to.
 *
 * <p>An address is not a server. A name, a virtual address or a balancer may lead a new connection
 * to another server than the monitor's connection, which is open: to one that was superseded, or to
 * one of another cluster, where a transaction would be replayed and committed to data that are not
 * its own. So a server is asked who it is on the connection of the session itself. One that does
 * not say, since its functions are revoked, is taken for the one that it is meant to be.
 *
 * <p>Thread-safe.
 */
final class ServerCheck {

  private final ClusterHandle handle;
  private final Cluster cluster;

  ServerCheck(ClusterHandle handle) {
    this.handle = handle;
    this.cluster = handle.cluster();
  }

  /**
   * Asks the server of a connection who it is, if it was not asked before.
   *
   * <p>A connection that is opened later than the first of its session is to take over what the
   * session has, so that is done when it is opened. On the first one it is done before the first
   * call that is more than a proved read outside of a transaction, or the second call of all: until
   * then there is nothing that a lost backend could hold or still do, and a connection that is
   * opened for one read does without. That read too waits for it once the writer has changed.
   *
   * @throws SQLException if the connection breaks, or leads to another server: it is given up
   */
  void identify(SessionConnection connection, RecoveryLimits limits) throws SQLException {
    identify(connection, limits, fresh -> ServerInstance.of(fresh, handle.kind()));
  }

  /**
   * The same.
   *
   * @param question asks it, and maybe for more
   */
  void identify(
      SessionConnection connection,
      RecoveryLimits limits,
      PhysicalConnection.Work<ServerInstance> question)
      throws SQLException {
    if (!connection.isUnidentified()) {
      return;
    }
    RecoveryLimits.Guard guard = limits.guard(connection::abort);
    try (guard) {
      connection.identify(question);
    } catch (SQLException broken) {
      connection.abort();
      throw broken;
    }
    ServerInstance server = connection.knownInstance();
    if (server != null && server.kind() == ServerKind.POSTGRESQL) {
      refuseAnotherCluster(connection, server.systemIdentifier());
      if (server.timeline() != 0) {
        handle.writerHistories().seen(server);
        refuseWriterOfThePast(connection, server);
        refuseSecondWriter(connection, server);
      }
    }
  }

  /**
   * Asks the server of a connection to the writer what is to be known before it is used.
   *
   * @param isToTakeOver whether it is to take over what its session has: see {@link #identify}
   * @throws SQLException if the connection breaks, or leads to another server: it is given up
   */
  void writer(SessionConnection connection, RecoveryLimits limits, boolean isToTakeOver)
      throws SQLException {
    if (isToTakeOver) {
      identify(connection, limits);
    }
    if (!connection.isOnStandby()) {
      return;
    }
    RecoveryLimits.Guard guard = limits.guard(connection::abort);
    try (guard) {
      connection.checkWriter();
    } catch (SQLException broken) {
      connection.abort();
      throw broken;
    }
  }

  /**
   * Asks the server of a connection to a reader which cluster it is of.
   *
   * @throws SQLException if the connection breaks, or leads to another cluster: it is given up
   */
  void reader(SessionConnection connection, RecoveryLimits limits) throws SQLException {
    if (handle.kind() != ServerKind.POSTGRESQL) {
      return;
    }
    RecoveryLimits.Guard guard = limits.guard(connection::abort);
    try (guard) {
      String identifier = connection.physical().inAutocommit(ServerInstance::clusterOf);
      connection.isOfCluster(identifier);
      refuseAnotherCluster(connection, identifier);
    } catch (SQLException failure) {
      if (connection.physical().isSeveredBy(failure)) {
        connection.abort();
        throw failure;
      }
    }
  }

  /**
   * A session has its first answer from here. What was not asked yet is taken from the server's
   * monitor: a second question would be more than the answer has cost, and a session of one read
   * has nothing that is worth it.
   */
  void answeredFirst(SessionConnection connection) {
    if (connection.systemIdentifier() == null && handle.kind() == ServerKind.POSTGRESQL) {
      connection.isOfCluster(
          cluster
              .topology()
              .state(connection.physical().endpoint())
              .map(EndpointState::status)
              .map(status -> String.valueOf(status.systemIdentifier()))
              .orElse(null));
    }
  }

  private void refuseAnotherCluster(SessionConnection connection, String systemIdentifier)
      throws SQLException {
    Topology topology = cluster.topology();
    boolean isMeant =
        topology.systemIdentifier().map(String::valueOf).map(systemIdentifier::equals).orElse(true);
    // Who takes part in a cut over knows both clusters.
    if (!isMeant && !cluster.cutovers().isOfSuccessor(connection.physical().endpoint())) {
      throw leave(
          connection,
          "of another cluster: its system identifier is "
              + systemIdentifier
              + " instead of "
              + topology.systemIdentifier().get());
    }
  }

  /** What the server says on the session's own connection is newer than what monitors know. */
  private void refuseWriterOfThePast(SessionConnection connection, ServerInstance server)
      throws SQLException {
    Topology topology = cluster.topology();
    boolean isOfCluster =
        topology
            .systemIdentifier()
            .map(String::valueOf)
            .filter(server.systemIdentifier()::equals)
            .isPresent();
    if (isOfCluster && server.timeline() < topology.timeline()) {
      throw leave(
          connection,
          "superseded: it accepts writes on timeline "
              + server.timeline()
              + " but the cluster has reached timeline "
              + topology.timeline());
    }
  }

  /**
   * A name that has led to the writer may lead to a copy of it by now, which writes the same
   * timeline: it is told by when it was started, if a monitor knows it by another name.
   */
  private void refuseSecondWriter(SessionConnection connection, ServerInstance server)
      throws SQLException {
    for (EndpointState state : cluster.topology().endpoints()) {
      ServerStatus status = state.status();
      if (status != null
          && state.takesWrites()
          && state.problem() != null
          && state.abortReason() != null
          && status.timeline() == server.timeline()
          && server.systemIdentifier().equals(String.valueOf(status.systemIdentifier()))
          && server.wasStartedAt(status.startedAt())) {
        throw leave(connection, state.problem());
      }
    }
  }

  /**
   * Waits, before the first call of a session that may write, until every endpoint was heard since
   * the cluster was opened, and then looks whether the connection still leads to the writer, once
   * for each connection that was opened before. It costs two volatile reads as soon as that is so.
   *
   * @throws SQLException if it leads to another server: the connection is given up, and the session
   *     moves as after a loss
   */
  void settleFirst(SessionConnection connection, RecoveryLimits limits) throws SQLException {
    if (cluster.isSettled() && !connection.wasOpenedEarly()) {
      return;
    }
    boolean interrupted = Thread.interrupted();
    RecoveryLimits.Guard waking = limits.onStop(cluster::wakeWaiters);
    try (waking) {
      cluster.awaitSettled(limits.remaining(), limits::isStopped);
    } catch (InterruptedException whileWaiting) {
      interrupted = true; // The driver's calls are not interrupted either.
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    Topology topology = cluster.topology();
    EndpointState here = topology.state(connection.physical().endpoint()).orElse(null);
    String problem = here == null ? null : here.problem();
    boolean isElsewhere = here == null || here.role() != Role.WRITER;
    // Where there is no writer, what is known to be none is not written to either.
    if (isElsewhere && (topology.hasWriter() || problem != null)) {
      throw leave(connection, problem == null ? "another server is the writer" : problem);
    }
    if (cluster.isSettled()) {
      connection.isConfirmed();
    }
  }

  private static SQLException leave(SessionConnection connection, String reason) {
    connection.physical().abort(reason);
    return connection.severed();
  }
}

package io.baton.engine;

import io.baton.failover.outcome.ServerInstance;
import io.baton.routing.topology.Endpoint;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * The loss of a connection while a call, or the replay of a transaction, ran on it.
 *
 * @param cause how it was lost
 * @param failure what the call ended with
 * @param aborted why the connection was aborted from here; null if it was not
 * @param endpoint where
 * @param server which server that was; null if it did not say
 * @param began when the call or the replay began there, in nanoseconds of {@link System#nanoTime}
 * @param replaying whether it was a replay
 */
record BackendLoss(
    LossCause cause,
    SQLException failure,
    @Nullable String aborted,
    Endpoint endpoint,
    @Nullable ServerInstance server,
    long began,
    boolean replaying) {

  /** Whether a server is certainly another one, and not this one restarted. */
  boolean wasOnAnotherThan(@Nullable ServerInstance arrived) {
    return server != null && arrived != null && arrived.isAnotherThan(server);
  }

  /**
   * The server that the session arrived at.
   *
   * @param isTheSame whether it is the one that was left
   * @param stayedUp whether its postmaster has run since before the call began
   * @param backendCrashed whether one of its backends crashed since the call began
   */
  record Arrival(boolean isTheSame, boolean stayedUp, boolean backendCrashed) {}
}

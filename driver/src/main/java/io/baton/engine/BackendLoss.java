package io.baton.engine;

import io.baton.routing.topology.Endpoint;
import java.sql.SQLException;

/**
 * The loss of a connection while a call, or the replay of a transaction, ran on it.
 *
 * @param cause how it was lost
 * @param failure what the call ended with
 * @param endpoint where
 * @param began when the call or the replay began there, in nanoseconds of {@link System#nanoTime}
 * @param replaying whether it was a replay
 */
record BackendLoss(
    LossCause cause, SQLException failure, Endpoint endpoint, long began, boolean replaying) {

  /**
   * The server that the session arrived at.
   *
   * @param isTheSame whether it is the one that was left
   * @param stayedUp whether its postmaster has run since before the call began
   * @param backendCrashed whether one of its backends crashed since the call began
   */
  record Arrival(boolean isTheSame, boolean stayedUp, boolean backendCrashed) {}
}

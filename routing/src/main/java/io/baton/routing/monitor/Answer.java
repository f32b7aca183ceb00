package io.baton.routing.monitor;

import io.baton.routing.topology.ServerStatus;

/**
 * A server's answer to the question what it is.
 *
 * @param status what it is
 * @param processId the server process that answered
 * @param cutover whether its database is known to have a table of cut overs
 */
record Answer(ServerStatus status, int processId, boolean cutover) {

  /** An answer of a server that is not asked for a cut over. */
  Answer(ServerStatus status, int processId) {
    this(status, processId, false);
  }
}

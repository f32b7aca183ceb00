package io.baton.routing.monitor;

import io.baton.routing.cutover.CutoverNotice;
import io.baton.routing.topology.ServerStatus;
import org.jspecify.annotations.Nullable;

/**
 * A server's answer to the question what it is.
 *
 * @param status what it is
 * @param processId the server process that answered
 * @param cutover what its database says of a cut over; null if nothing
 */
record Answer(ServerStatus status, int processId, @Nullable CutoverNotice cutover) {

  /** An answer of a server that says nothing of a cut over. */
  Answer(ServerStatus status, int processId) {
    this(status, processId, null);
  }
}

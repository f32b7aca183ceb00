package io.baton.routing.monitor;

import io.baton.routing.topology.ServerStatus;

/**
 * A server's answer to the question what it is.
 *
 * @param status what it is
 * @param processId the server process that answered
 */
record Answer(ServerStatus status, int processId) {}

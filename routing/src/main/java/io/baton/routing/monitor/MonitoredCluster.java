package io.baton.routing.monitor;

import io.baton.routing.cutover.CutoverNotice;
import io.baton.routing.topology.Capabilities;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.Observation;
import io.baton.routing.topology.ServerStatus;
import java.util.List;

/**
 * The cluster, as its monitors see it: it takes what they observe, and says whether to hurry.
 *
 * <p>Called by many threads, without a lock of a monitor.
 */
public interface MonitoredCluster {

  /** Draws the next number in the sequence of probes and reports. */
  long nextSequence();

  /** Takes what an attempt came to. */
  void observe(Endpoint endpoint, Observation observation);

  /** Takes what the server has to offer. */
  void told(Endpoint endpoint, Capabilities capabilities);

  /** Takes how long the server took to answer, on an open connection. */
  void measured(Endpoint endpoint, long nanos);

  /** Takes what the server sent by itself. */
  void notified(Endpoint endpoint, List<ServerNotification> notifications);

  /** Takes what a server says of a cut over, ahead of what it says of itself. */
  void cutover(ServerStatus status, CutoverNotice notice);

  /** Whether a writer is missing and wanted. */
  boolean isUrgent();

  /** Whether an endpoint is the one that led to the writer last, or none is known to have. */
  boolean mayLeadToWriter(Endpoint endpoint);

  /** Whether a standby is about to be promoted, as was announced. */
  boolean expectsPromotion();
}

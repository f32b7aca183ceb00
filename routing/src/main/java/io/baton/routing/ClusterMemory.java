package io.baton.routing;

import io.baton.routing.select.EndpointLoads;
import io.baton.routing.switchover.SwitchoverGate;
import io.baton.routing.topology.TopologyMemory;
import java.util.Map;

/**
 * What is known of a cluster that is closed, for the one that is opened next: it holds no thread
 * and no connection.
 *
 * @param topology the endpoints and what they last said
 * @param loads what this JVM's sessions know of the endpoints
 * @param attachments what other modules know of the cluster
 * @param switchovers the switchovers that were announced
 * @param sequence the last number in the sequence of probes and reports
 */
record ClusterMemory(
    TopologyMemory topology,
    EndpointLoads loads,
    Map<Class<?>, Object> attachments,
    SwitchoverGate switchovers,
    long sequence) {}

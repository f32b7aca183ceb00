/**
 * What is known of the endpoints of a cluster: who is the writer, who are the readers.
 *
 * <p>Start with {@link io.baton.routing.topology.Topology}, the immutable snapshot. {@link
 * io.baton.routing.topology.TopologyState} holds the newest one; {@link
 * io.baton.routing.topology.Health} adds up what was observed at one endpoint, and {@link
 * io.baton.routing.topology.TopologyRules} makes the next snapshot of the health of all.
 */
@NullMarked
package io.baton.routing.topology;

import org.jspecify.annotations.NullMarked;

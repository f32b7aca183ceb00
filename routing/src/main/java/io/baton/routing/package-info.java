/**
 * Where a statement may run: endpoints, topology, health and selection.
 *
 * <p>Start with {@link io.baton.routing.Cluster}, which an application's connections share through
 * a {@link io.baton.routing.ClusterRegistry} and which keeps a {@link io.baton.routing.Topology}:
 * the immutable answer to "who is the writer, who are the readers, right now?". {@link
 * io.baton.routing.TopologyRules} says how answers of servers become that snapshot, {@link
 * io.baton.routing.EndpointMonitor} how the answers are got, {@link io.baton.routing.Router} what a
 * statement needs, and {@link io.baton.routing.Selector} which reader it gets.
 *
 * <p>This package knows {@code java.sql} only. How to connect is passed in as a {@link
 * io.baton.routing.Connector}; clock, randomness and threads as an {@link
 * io.baton.routing.Environment}.
 *
 * <h2>Lock order</h2>
 *
 * <p>There are five kinds of lock: the registry's, the topology board's, one per monitor, one per
 * endpoint's on-demand probe, and one for telling listeners. None is ever taken while another is
 * held, none is held during I/O, and none is held while a listener, a predicate excepted, is
 * called.
 */
@NullMarked
package io.baton.routing;

import org.jspecify.annotations.NullMarked;

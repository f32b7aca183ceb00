/**
 * The way into the module: the clusters of this JVM, and the leases by which connections share
 * them.
 *
 * <p>Start with {@link io.baton.routing.Cluster}, which an application's connections share through
 * a {@link io.baton.routing.ClusterRegistry} and which keeps a {@link
 * io.baton.routing.topology.Topology}: the immutable answer to "who is the writer, who are the
 * readers?". {@link io.baton.routing.ClusterRegistry} also says what is kept of a cluster that is
 * closed.
 *
 * <p>The packages below, each of which knows those named before it only:
 *
 * <ul>
 *   <li>{@code consistency}: positions in the history of a cluster, and what a reader must have
 *       reached;
 *   <li>{@code topology}: what is known of the endpoints, and the rules that make a snapshot of it;
 *   <li>{@code switchover}: when calls wait for a switchover that was announced;
 *   <li>{@code monitor}: how the answers of servers are got;
 *   <li>{@code source}: where endpoints are listed, if not in the URL;
 *   <li>{@code select}: which server a statement needs, and which reader it gets.
 * </ul>
 *
 * <p>This module knows {@code java.sql} only. How to connect is passed in as a {@link
 * io.baton.routing.monitor.Connector}; clock, randomness and threads as an {@link
 * io.baton.routing.topology.Environment}.
 *
 * <h2>Lock order</h2>
 *
 * <p>There are ten kinds of lock: the registry's, the topology state's, the one for the membership
 * of endpoint monitors, the one that begins and stops the background work, one per monitor, one per
 * on-demand probe, one per endpoint for which server is there, the one of the credentials of a
 * cluster, the one of the announced switchovers, and the one of the topology listeners. The
 * topology state's is taken while the membership's is held; no other is taken while another is
 * held. None is held during I/O or while the end of a thread is waited for, and none is held while
 * a listener, a predicate excepted, is called.
 */
@NullMarked
package io.baton.routing;

import org.jspecify.annotations.NullMarked;

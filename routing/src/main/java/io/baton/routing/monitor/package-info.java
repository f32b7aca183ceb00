/**
 * How the answers of servers, and of lists of servers, are got: the background threads of a
 * cluster.
 *
 * <p>Start with {@link io.baton.routing.monitor.EndpointMonitor}, the one thread and connection of
 * an endpoint; {@link io.baton.routing.monitor.EndpointMonitors} keeps one for each. {@link
 * io.baton.routing.monitor.EndpointLister} asks a source of endpoints. How to connect is a {@link
 * io.baton.routing.monitor.Connector}; all who use a cluster share one, with whatever passwords
 * they have. What a monitor costs a server, and when, is decided in small classes without threads:
 * pauses, limits of time, and which of two connections is believed.
 */
@NullMarked
package io.baton.routing.monitor;

import org.jspecify.annotations.NullMarked;

/**
 * The sources of endpoints: Patroni's REST interface, name service, or a table or function in the
 * database itself.
 *
 * <p>Each is an {@link io.baton.routing.monitor.EndpointSource}. Start with {@link
 * io.baton.routing.source.QuerySource}, which asks a server by SQL; the others stand alone.
 */
@NullMarked
package io.baton.routing.source;

import org.jspecify.annotations.NullMarked;

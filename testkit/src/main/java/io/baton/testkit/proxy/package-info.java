/**
 * A proxy that stands in for the network between a client and a PostgreSQL server, and does to it
 * what networks do. Start reading at {@link io.baton.testkit.proxy.FaultProxy}; it can be used
 * without the rest of the testkit, before any server.
 */
@NullMarked
package io.baton.testkit.proxy;

import org.jspecify.annotations.NullMarked;

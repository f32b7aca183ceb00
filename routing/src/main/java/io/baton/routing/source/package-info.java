/**
 * Where the endpoints of a cluster are listed: Patroni's REST interface, name service, or a table
 * or function in the database itself.
 */
@org.jspecify.annotations.NullMarked
package io.baton.routing.source;

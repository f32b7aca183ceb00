/**
 * Positions in the history of a cluster, and what a reader must have reached before it is read
 * from.
 *
 * <p>Start with {@link io.baton.routing.consistency.CausalClock}, which says what reads need, and
 * {@link io.baton.routing.consistency.ConsistencyToken}, the position it speaks of.
 */
@NullMarked
package io.baton.routing.consistency;

import org.jspecify.annotations.NullMarked;

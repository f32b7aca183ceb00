/**
 * Positions in the history of a cluster, and what a reader must have reached before it is read
 * from.
 *
 * <p>Start with {@link io.baton.routing.consistency.CausalClock}, which says what reads need, and
 * {@link io.baton.routing.consistency.TimelinePosition}, the position it speaks of. {@link
 * io.baton.routing.consistency.ReaderProgress} says whether a reader that is behind is worth
 * waiting for; a {@link io.baton.routing.consistency.ConsistencyToken} takes a position to another
 * program.
 */
@NullMarked
package io.baton.routing.consistency;

import org.jspecify.annotations.NullMarked;

/**
 * Which server a statement needs, and which reader it gets.
 *
 * <p>Start with {@link io.baton.routing.select.Router}, the rules; its answer is a {@link
 * io.baton.routing.select.RouteDecision}. {@link io.baton.routing.select.ReaderChoice} says which
 * reader a session reads from, by a {@link io.baton.routing.select.Selector} and by the {@link
 * io.baton.routing.select.EndpointLoad} of the endpoints.
 */
@NullMarked
package io.baton.routing.select;

import org.jspecify.annotations.NullMarked;

/**
 * When a session may open a connection: how many logins a server can bear, and whose turn it is.
 *
 * <p>Start with {@link io.baton.routing.admission.Admission}, which sessions ask. {@code Pace} says
 * how many logins there may be, by what became of earlier ones; {@code Entrance} is the line in
 * front of one server. Neither waits nor looks at a clock, so both are tested, and simulated for
 * many programs, on stepped time.
 */
@NullMarked
package io.baton.routing.admission;

import org.jspecify.annotations.NullMarked;

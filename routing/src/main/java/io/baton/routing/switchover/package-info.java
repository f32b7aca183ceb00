/**
 * Switchovers that were announced: when calls are held back for them.
 *
 * <p>Start with {@link io.baton.routing.switchover.SwitchoverGate}, which {@link
 * io.baton.routing.switchover.SwitchoverStage} tells when to close and to open.
 */
@NullMarked
package io.baton.routing.switchover;

import org.jspecify.annotations.NullMarked;

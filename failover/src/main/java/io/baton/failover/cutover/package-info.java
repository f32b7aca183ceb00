/**
 * The cut over of a running application to another cluster: {@link
 * io.baton.failover.cutover.CutoverRun} drives it, {@link
 * io.baton.failover.cutover.CutoverRehearsal} looks beforehand whether it could go through, {@link
 * io.baton.failover.cutover.CutoverParticipant} takes part for the sessions of one JVM, and the
 * tables of {@link io.baton.failover.cutover.CutoverSchema} are what both talk through.
 */
@NullMarked
package io.baton.failover.cutover;

import org.jspecify.annotations.NullMarked;

/**
 * The engine of a session: it makes the calls of one logical connection, follows what they do, and
 * recovers those that are cut off.
 *
 * <p>Start at {@link io.baton.engine.Session}, through which every call goes. {@link
 * io.baton.engine.RecoveryPlanner} says what is done about a call that failed, {@link
 * io.baton.engine.CallRecovery} does it, and {@link io.baton.engine.OpenTransaction} is all that is
 * known of the transaction under way. The engine knows no class of the JDBC face ({@code
 * io.baton.jdbc}): it sees the objects of an application as {@link io.baton.engine.Target}s.
 */
@NullMarked
package io.baton.engine;

import org.jspecify.annotations.NullMarked;

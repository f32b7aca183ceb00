/**
 * What a session is: what SQL does to it, its tracked state, and how it is rebuilt on another
 * server.
 *
 * <p>{@link io.baton.session.SessionTracker} follows one session and holds its {@link
 * io.baton.session.SessionState}; {@link io.baton.session.Restoration} turns a state into the SQL
 * that builds it elsewhere, and compares what the new server then says; {@link
 * io.baton.session.ReadBack} asks a server what it holds where text cannot show it.
 */
@NullMarked
package io.baton.session;

import org.jspecify.annotations.NullMarked;

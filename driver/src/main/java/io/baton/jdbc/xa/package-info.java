/**
 * The connection of a transaction manager, and the branches of its distributed transactions. Start
 * at {@link io.baton.jdbc.xa.BranchResource}.
 */
@NullMarked
package io.baton.jdbc.xa;

import org.jspecify.annotations.NullMarked;

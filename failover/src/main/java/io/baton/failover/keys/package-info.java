/**
 * Is this key still ours? What is noted of sequences, and what can be proved by it after a move.
 */
@NullMarked
package io.baton.failover.keys;

import org.jspecify.annotations.NullMarked;

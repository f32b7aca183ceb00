/**
 * Sequence watermarks: which keys of a transaction that is replayed can be proved still its own.
 */
@NullMarked
package io.baton.failover.keys;

import org.jspecify.annotations.NullMarked;

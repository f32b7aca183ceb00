/** The outcome of a COMMIT that was cut off: the evidence taken ahead of it, and what it proves. */
@NullMarked
package io.baton.failover.outcome;

import org.jspecify.annotations.NullMarked;

/** Was it committed? The evidence that is noted ahead of a COMMIT, and what can be proved by it. */
@NullMarked
package io.baton.failover.outcome;

import org.jspecify.annotations.NullMarked;

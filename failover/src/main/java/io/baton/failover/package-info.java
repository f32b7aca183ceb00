/** Recovery from the loss of an endpoint, and hand-over to another one. */
@NullMarked
package io.baton.failover;

import org.jspecify.annotations.NullMarked;

/** What to do when an endpoint dies or a better one appears. */
@NullMarked
package io.baton.failover;

import org.jspecify.annotations.NullMarked;

/**
 * Reads of the application that are run on two clusters to be compared. Start with {@link
 * io.baton.failover.reads.ReadComparer}.
 */
@NullMarked
package io.baton.failover.reads;

import org.jspecify.annotations.NullMarked;

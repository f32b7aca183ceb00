package io.baton.failover.outcome;

import io.baton.routing.consistency.Lsn;
import org.jspecify.annotations.Nullable;

/**
 * A transaction was seen prepared for two-phase commit, ahead of the command that ends it.
 *
 * @param server where it was seen
 * @param position of the log, past the record that prepared it and ahead of the one that ends it;
 *     null where servers show no positions
 */
public record PreparedMark(ServerInstance server, @Nullable Lsn position) {}

package io.baton;

import java.time.Duration;

/**
 * What the losses of servers did to the sessions of a cluster since it was opened. Immutable.
 *
 * @param failovers how many failovers there were: losses that sessions noticed at the same time
 * @param sessionsMoved how often a session was rebuilt on a server after a loss
 * @param transactionsReplayed how many transactions were replayed and went on
 * @param commitsSettled of how many cut-off COMMITs it was found out whether they took place
 * @param transactionsLost how many transactions ended as not committed (40001)
 * @param outcomesUnknown how often it is not known whether work took place (08007)
 * @param sessionsLost how many connections were closed as their session could not be rebuilt
 *     (08006)
 * @param withoutServer how often there was no server in time (08001)
 * @param longestPause the longest time that a call waited for its recovery
 */
public record FailoverCounts(
    long failovers,
    long sessionsMoved,
    long transactionsReplayed,
    long commitsSettled,
    long transactionsLost,
    long outcomesUnknown,
    long sessionsLost,
    long withoutServer,
    Duration longestPause) {}

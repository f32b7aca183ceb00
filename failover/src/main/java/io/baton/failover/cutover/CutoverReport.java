package io.baton.failover.cutover;

import java.time.Duration;

/**
 * How a cut over ended.
 *
 * @param opened whether the applications go on at the new cluster; if not, at the old one, as if
 *     nothing had been
 * @param reason why it was taken back; empty if it was not
 * @param pause from when transactions began to wait until they could go on
 * @param fenced from when the old database refused writes until the cut over was opened or taken
 *     back
 * @param members how many clusters of JVMs took part
 * @param sequences how many sequences were set
 */
public record CutoverReport(
    boolean opened, String reason, Duration pause, Duration fenced, int members, int sequences) {}

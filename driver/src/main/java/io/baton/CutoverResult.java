package io.baton;

import java.time.Duration;

/**
 * How a cut over ended. Immutable.
 *
 * @param opened whether the applications go on at the new cluster; if not, at the old one, as if
 *     nothing had been
 * @param reason why it was taken back, for people; empty if it was not
 * @param pause how long new transactions waited
 * @param fenced how long the old database refused writes before the cut over was opened, or taken
 *     back
 * @param members how many took part: one for each database, user and set of connection options of
 *     each JVM
 * @param sequences how many sequences were set in the new database
 */
public record CutoverResult(
    boolean opened, String reason, Duration pause, Duration fenced, int members, int sequences) {}

package io.baton;

import java.time.Instant;
import java.util.UUID;

/**
 * What a program that takes part in a cut over has reported last: one for each database, user and
 * set of connection options of each JVM. Immutable.
 *
 * @param id which one it is
 * @param stage the stage that it speaks of
 * @param ready whether it has done what that stage asks for
 * @param note what it waits for, or how many sessions it has, for people
 * @param reported when, by the clock of the old database
 */
public record CutoverMember(UUID id, String stage, boolean ready, String note, Instant reported) {}

package io.baton.failover.cutover;

/**
 * Something that a rehearsal of a cut over found.
 *
 * @param obstacle whether the cut over would fail, or the application would miss something
 *     afterwards; if not, it is something to look at
 * @param what what was found
 * @param remedy what to do about it
 */
public record CutoverFinding(boolean obstacle, String what, String remedy) {}

package io.baton;

/**
 * What a rehearsal of a cut over has found. Immutable.
 *
 * @param obstacle whether it keeps the cut over from going through, or the applications from
 *     working afterwards; if not, it is something to look at
 * @param what what was found, for people
 * @param remedy what to do
 */
public record CutoverFinding(boolean obstacle, String what, String remedy) {}

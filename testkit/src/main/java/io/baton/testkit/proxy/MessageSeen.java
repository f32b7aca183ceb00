package io.baton.testkit.proxy;

/**
 * A message on its way, as far as it matters to a {@link FaultPoint}.
 *
 * @param statement the text of the statement it concerns, or empty
 * @param tag the tag of a CommandComplete, or empty
 */
record MessageSeen(Message message, String statement, String tag) {}

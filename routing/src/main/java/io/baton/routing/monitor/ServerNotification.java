package io.baton.routing.monitor;

/**
 * A message that a server sent to a monitor by itself, by SQL's {@code NOTIFY}.
 *
 * @param channel the channel it was sent on
 * @param payload its text, empty if it has none
 * @param backendProcessId the server process of the session that sent it
 */
public record ServerNotification(String channel, String payload, int backendProcessId) {}

package io.baton.routing.monitor;

/**
 * A message that a server sent to a monitor by itself, by SQL's {@code NOTIFY}.
 *
 * @param channel the channel it was sent on
 * @param payload its text, empty if it has none
 * @param backendProcessId the server process of the session that sent it
 */
public record ServerNotification(String channel, String payload, int backendProcessId) {

  /** Whether it says that there is news of a cut over, which the sender's database knows. */
  public boolean isOfCutover() {
    return channel.equals("baton") && payload.strip().equals("cutover");
  }
}

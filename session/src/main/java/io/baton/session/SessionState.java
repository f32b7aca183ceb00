package io.baton.session;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the server holds for a session beyond what every new connection has, as far as it was
 * followed. Immutable.
 */
public final class SessionState {
  /** The state of a session that has just begun. */
  public static final SessionState FRESH = new SessionState(false, Map.of());

  private final boolean reset;
  private final Map<String, String> settings;

  SessionState(boolean reset, Map<String, String> settings) {
    this.reset = reset;
    this.settings = new LinkedHashMap<>(settings);
  }

  /** Whether RESET ALL or DISCARD ALL ran: what the driver itself set on connecting is gone too. */
  public boolean isReset() {
    return reset;
  }

  /** Whether nothing has to be done to a new connection to make it this session. */
  public boolean isFresh() {
    return !reset && settings.isEmpty();
  }

  /**
   * Whether the session holds something that exists on its server only, so that no statement of it
   * may run elsewhere: temporary relations, cursors that outlive their transaction.
   */
  public boolean isPinned() {
    return false;
  }
}

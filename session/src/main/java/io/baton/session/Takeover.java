package io.baton.session;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a session has taken over at its start and a newer connection has not: it is set there.
 *
 * <p>Immutable.
 *
 * @param defaultRole the role that the newer connection began with, {@code none} where none is set
 * @param role the role of the session's own start; null if it is the same
 * @param settings the settings of the session's own start that differ, by name
 */
public record Takeover(String defaultRole, @Nullable String role, Map<String, String> settings) {

  /** A connection begins without a role, and as the session did. */
  public static final Takeover NONE = new Takeover("none", null, Map.of());

  /** Returns whether there is nothing to set. */
  public boolean isEmpty() {
    return role == null && settings.isEmpty();
  }
}

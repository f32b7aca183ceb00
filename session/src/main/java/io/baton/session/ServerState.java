package io.baton.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a server says it holds for a session: the answer to a {@link ReadBack}. Immutable.
 *
 * @param settings the settings that were set in the session, and the custom ones asked for, by name
 * @param sessionUser the session user
 * @param role the role, {@code none} where none is set
 * @param prepared the text of each statement that SQL prepared, by name
 * @param channels the channels that are listened to
 * @param locks the session's advisory locks, one entry each, as {@code key shared}
 * @param temporaries the temporary tables, views and sequences by name, with their kinds
 * @param heldCursors the cursors WITH HOLD
 */
public record ServerState(
    Map<String, String> settings,
    String sessionUser,
    String role,
    Map<String, String> prepared,
    Set<String> channels,
    Set<SessionState.AdvisoryLock> locks,
    Map<String, String> temporaries,
    Set<String> heldCursors) {

  /** The settings that only one of two servers names: whether they differ is to be asked. */
  public Set<String> settingsNotIn(ServerState other) {
    Set<String> names = new TreeSet<>(settings.keySet());
    names.removeAll(other.settings.keySet());
    return names;
  }

  /**
   * What differs between two servers' accounts of one session, in words; empty if nothing does. A
   * setting that only one of them names is not compared.
   */
  public String differencesTo(ServerState other) {
    List<String> differences = new ArrayList<>();
    settings.forEach(
        (name, value) -> {
          String there = other.settings.get(name);
          if (there != null && !there.equals(value)) {
            differences.add("setting " + name);
          }
        });
    compare("session user", sessionUser, other.sessionUser, differences);
    compare("role", role, other.role, differences);
    compare("prepared statements", prepared.keySet(), other.prepared.keySet(), differences);
    compare("channels", channels, other.channels, differences);
    compare("advisory locks", locks, other.locks, differences);
    compare("temporary relations", temporaries, other.temporaries, differences);
    compare("held cursors", heldCursors, other.heldCursors, differences);
    return String.join(", ", differences);
  }

  private static void compare(String what, Object one, Object other, List<String> differences) {
    if (!one.equals(other)) {
      differences.add(what);
    }
  }
}

package io.baton.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The state of a session as its server reports it: the answer to a {@link ReadBack}. Immutable.
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

  /**
   * Returns the settings that only one of two servers names: the caller asks whether they differ.
   */
  public Set<String> settingsNotIn(ServerState other) {
    Set<String> names = new TreeSet<>(settings.keySet());
    names.removeAll(other.settings.keySet());
    return names;
  }

  /**
   * Returns, in words, what differs between two servers' reports of one session; empty if nothing
   * differs. A setting that only one of them names is not compared.
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

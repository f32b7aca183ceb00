package io.baton.session;

import java.util.ArrayList;
import java.util.LinkedHashMap;
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
 * @param prepared the statements that SQL prepared, by name
 * @param channels the channels that are listened to
 * @param locks the session's advisory locks, one entry each
 * @param temporaries what is temporary, by {@link io.baton.session.sql.Effect.TemporaryKind#key}
 * @param heldCursors the cursors WITH HOLD
 * @param elsewhere what else ends with the session, for people: temporary replication slots, and
 *     what is permanent and depends on something temporary
 */
public record ServerState(
    Map<String, String> settings,
    String sessionUser,
    String role,
    Map<String, Prepared> prepared,
    Set<String> channels,
    Set<SessionState.AdvisoryLock> locks,
    Map<String, Temporary> temporaries,
    Set<String> heldCursors,
    Set<String> elsewhere) {

  static final String SLOT = "temporary replication slot ";
  static final String DEPENDENT = "what depends on something temporary: ";

  /**
   * A statement that SQL prepared.
   *
   * @param sql the text of PREPARE
   * @param types the types of its parameters, each with its schema
   */
  public record Prepared(String sql, String types) {}

  /**
   * Something temporary.
   *
   * @param kind a letter: as {@code relkind}, or f for a function, t for a type
   * @param filled whether it may hold rows, or its sequence has been drawn from
   * @param structure its columns, constraints, indexes and triggers, to be compared
   */
  public record Temporary(String kind, boolean filled, String structure) {
    boolean isLike(Temporary other) {
      return kind.equals(other.kind) && structure.equals(other.structure);
    }
  }

  /**
   * Returns the settings that only one of two servers names: the caller asks whether they differ.
   */
  public Set<String> settingsNotIn(ServerState other) {
    Set<String> names = new TreeSet<>(settings.keySet());
    names.removeAll(other.settings.keySet());
    return names;
  }

  /** Returns the same without these settings. */
  public ServerState without(Set<String> names) {
    Map<String, String> left = new LinkedHashMap<>(settings);
    left.keySet().removeAll(names);
    return new ServerState(
        left, sessionUser, role, prepared, channels, locks, temporaries, heldCursors, elsewhere);
  }

  /** Returns the same of another session user. */
  public ServerState of(String otherUser) {
    return new ServerState(
        settings, otherUser, role, prepared, channels, locks, temporaries, heldCursors, elsewhere);
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
    compare("prepared statements", types(), other.types(), differences);
    compare("channels", channels, other.channels, differences);
    compare("advisory locks", locks, other.locks, differences);
    compare("temporary relations", temporaries.keySet(), other.temporaries.keySet(), differences);
    temporaries.forEach(
        (name, one) -> {
          Temporary there = other.temporaries.get(name);
          if (there != null && !one.isLike(there)) {
            differences.add("the structure of " + name);
          }
        });
    compare("held cursors", heldCursors, other.heldCursors, differences);
    if (!elsewhere.equals(other.elsewhere)) {
      Set<String> only = new TreeSet<>(elsewhere);
      only.addAll(other.elsewhere);
      differences.addAll(only);
    }
    return String.join(", ", differences);
  }

  private Set<String> types() {
    Set<String> types = new TreeSet<>();
    prepared.forEach((name, one) -> types.add(name + " " + one.types()));
    return types;
  }

  private static void compare(String what, Object one, Object other, List<String> differences) {
    if (!one.equals(other)) {
      differences.add(what);
    }
  }
}

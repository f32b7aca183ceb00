package io.baton.session;

import io.baton.session.sql.Effect.OnCommit;
import io.baton.session.sql.Effect.TemporaryKind;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The state of a session beyond that of a new connection, as the driver has tracked it.
 *
 * <p>Immutable: the same object is the same state, which makes comparing cheap.
 *
 * @param reset whether RESET ALL or DISCARD ALL ran: what was set while connecting is gone too
 * @param settings what was set, by name; null where it was reset to its default
 * @param authorization the user that SET SESSION AUTHORIZATION named, or null
 * @param role the role that SET ROLE named, or null
 * @param prepared the text of each PREPARE, by the name of its statement
 * @param channels the channels that are listened to
 * @param locks how often each advisory lock is held
 * @param temporaries the temporary relations by name
 * @param heldCursors the cursors WITH HOLD
 * @param libraries the libraries that LOAD loaded
 * @param seeded whether setseed was called
 */
public record SessionState(
    boolean reset,
    Map<String, @Nullable String> settings,
    @Nullable String authorization,
    @Nullable String role,
    Map<String, String> prepared,
    Set<String> channels,
    Map<AdvisoryLock, Integer> locks,
    Map<String, Temporary> temporaries,
    Set<String> heldCursors,
    Set<String> libraries,
    boolean seeded) {

  /**
   * An advisory lock.
   *
   * @param arguments the key as the arguments of the lock functions, {@code 42} or {@code 4, 2}
   * @param shared whether it is shared
   */
  public record AdvisoryLock(String arguments, boolean shared) {}

  /**
   * A temporary relation.
   *
   * @param kind what it is
   * @param definitions what creates it again, without rows; empty where that was not seen
   * @param holdsRows whether it may hold rows
   * @param onCommit what becomes of it at commit
   * @param owner the role that created it, null for the user that connected
   */
  public record Temporary(
      TemporaryKind kind,
      List<String> definitions,
      boolean holdsRows,
      OnCommit onCommit,
      @Nullable String owner) {

    /** Creates a relation with a copy of its definitions. */
    public Temporary {
      definitions = List.copyOf(definitions);
    }

    Temporary withRows(boolean rows) {
      return new Temporary(kind, definitions, rows, onCommit, owner);
    }
  }

  /** The state of a session that has just begun. */
  public static final SessionState FRESH =
      new SessionState(
          false, Map.of(), null, null, Map.of(), Set.of(), Map.of(), Map.of(), Set.of(), Set.of(),
          false);

  /** Returns whether a new connection has this state already. */
  public boolean isFresh() {
    return equals(FRESH);
  }

  /**
   * Returns whether the session holds something that exists on its server only, so that all of its
   * statements have to run there.
   */
  public boolean isPinned() {
    return !(channels.isEmpty()
        && locks.isEmpty()
        && temporaries.isEmpty()
        && heldCursors.isEmpty());
  }

  /**
   * Returns, in words, what differs between this state and what a server holds; empty if nothing
   * differs. Settings are not compared: a server has its own way to write a value.
   */
  public String differencesTo(ServerState actual) {
    Map<String, Boolean> checks =
        Map.of(
            "role", (role == null ? "none" : role).equals(actual.role()),
            "prepared statements", prepared.keySet().equals(actual.prepared().keySet()),
            "channels", channels.equals(actual.channels()),
            "advisory locks", locks.keySet().equals(actual.locks()),
            "temporary relations", temporaries.keySet().equals(actual.temporaries().keySet()));
    return checks.entrySet().stream()
        .filter(check -> !check.getValue())
        .map(Map.Entry::getKey)
        .sorted()
        .collect(Collectors.joining(", "));
  }

  /** Returns a copy to change; without a change, {@code finish} returns this same object. */
  Draft draft() {
    return new Draft(this);
  }

  /** A state that is being changed. Not thread-safe. */
  static final class Draft {
    private final SessionState from;
    boolean reset;
    Map<String, @Nullable String> settings;
    @Nullable String authorization;
    @Nullable String role;
    Map<String, String> prepared;
    Set<String> channels;
    Map<AdvisoryLock, Integer> locks;
    Map<String, Temporary> temporaries;
    Set<String> heldCursors;
    Set<String> libraries;
    boolean seeded;

    Draft(SessionState from) {
      this.from = from;
      this.reset = from.reset;
      this.settings = new LinkedHashMap<>(from.settings);
      this.authorization = from.authorization;
      this.role = from.role;
      this.prepared = new LinkedHashMap<>(from.prepared);
      this.channels = new LinkedHashSet<>(from.channels);
      this.locks = new LinkedHashMap<>(from.locks);
      this.temporaries = new LinkedHashMap<>(from.temporaries);
      this.heldCursors = new LinkedHashSet<>(from.heldCursors);
      this.libraries = new LinkedHashSet<>(from.libraries);
      this.seeded = from.seeded;
    }

    /** Keeps what no rollback undoes. */
    Draft keeping(SessionState later) {
      prepared = new LinkedHashMap<>(later.prepared);
      locks = new LinkedHashMap<>(later.locks);
      libraries = new LinkedHashSet<>(later.libraries);
      seeded = later.seeded;
      return this;
    }

    Draft with(Consumer<Draft> change) {
      change.accept(this);
      return this;
    }

    SessionState finish() {
      SessionState made =
          new SessionState(
              reset,
              Collections.unmodifiableMap(settings),
              authorization,
              role,
              Collections.unmodifiableMap(prepared),
              Collections.unmodifiableSet(channels),
              Collections.unmodifiableMap(locks),
              Collections.unmodifiableMap(temporaries),
              Collections.unmodifiableSet(heldCursors),
              Collections.unmodifiableSet(libraries),
              seeded);
      return made.equals(from) ? from : made;
    }
  }
}

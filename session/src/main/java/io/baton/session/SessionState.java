package io.baton.session;

import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.Effect;
import io.baton.session.sql.Effect.OnCommit;
import io.baton.session.sql.Effect.TemporaryKind;
import io.baton.session.sql.StatementAnalyzer;
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
 * @param ownNames the settings of the application's own that the server has heard of: each of them
 *     reads as an empty text at least, and raises no error
 * @param unnamed whether code has set settings whose names it built, so that nobody can ask for
 *     them
 * @param authorization the user that SET SESSION AUTHORIZATION named, or null
 * @param role the role that SET ROLE named, {@code none} included; null for that of a new
 *     connection
 * @param prepared what PREPARE made, by the name of its statement
 * @param channels the channels that are listened to
 * @param locks how often each advisory lock is held; 0 where only that it is held is known
 * @param temporaries what is temporary, by {@link TemporaryKind#key}
 * @param heldCursors the cursors WITH HOLD
 * @param libraries the libraries that LOAD loaded
 * @param elsewhere what else exists on that server only, for people
 */
public record SessionState(
    boolean reset,
    Map<String, @Nullable String> settings,
    Set<String> ownNames,
    boolean unnamed,
    @Nullable String authorization,
    @Nullable String role,
    Map<String, Prepared> prepared,
    Set<String> channels,
    Map<AdvisoryLock, Integer> locks,
    Map<String, Temporary> temporaries,
    Set<String> heldCursors,
    Set<String> libraries,
    Set<String> elsewhere) {

  /** What setseed leaves behind. */
  static final String SEED = "the order of random numbers, by setseed";

  /**
   * An advisory lock.
   *
   * @param arguments the key as the arguments of the lock functions, {@code 42} or {@code 4, 2}
   * @param shared whether it is shared
   */
  public record AdvisoryLock(String arguments, boolean shared) {}

  /**
   * A statement that PREPARE made.
   *
   * @param making how it is made again
   * @param body what it does; null if that was not seen
   */
  public record Prepared(Making making, @Nullable AnalysedStatement body) {
    /** Returns one of which the body is read from its text, as far as that shows it. */
    public static Prepared readFrom(Making making) {
      List<AnalysedStatement> read = StatementAnalyzer.analyzeAnew(making.sql(), true).statements();
      AnalysedStatement body =
          read.size() == 1
                  && read.get(0).effects().size() == 1
                  && read.get(0).effects().get(0) instanceof Effect.Prepare made
              ? made.body()
              : null;
      return new Prepared(making, body);
    }

    /** Returns the text of PREPARE. */
    public String sql() {
      return making.sql();
    }
  }

  /**
   * Something temporary.
   *
   * @param kind what it is
   * @param definitions what creates it again, without rows; empty where that was not seen
   * @param holdsRows whether it may hold rows, or positions of sequences, that a new one does not
   * @param onCommit what becomes of it at commit
   */
  public record Temporary(
      TemporaryKind kind, List<Making> definitions, boolean holdsRows, OnCommit onCommit) {

    /** Creates one with a copy of its definitions. */
    public Temporary {
      definitions = List.copyOf(definitions);
    }

    Temporary withRows(boolean rows) {
      return rows == holdsRows ? this : new Temporary(kind, definitions, rows, onCommit);
    }

    Temporary defined(List<Making> makings) {
      return new Temporary(kind, makings, holdsRows, onCommit);
    }

    /** Returns whether rows that are gone may have left positions of sequences behind. */
    boolean mayDrawSequences() {
      return definitions.isEmpty() || definitions.stream().anyMatch(Making::mayDrawSequences);
    }
  }

  /** The state of a session that has just begun. */
  public static final SessionState FRESH =
      new SessionState(
          false, Map.of(), Set.of(), false, null, null, Map.of(), Set.of(), Map.of(), Map.of(),
          Set.of(), Set.of(), Set.of());

  /** Returns whether a new connection has this state already. */
  public boolean isFresh() {
    return equals(FRESH);
  }

  /**
   * Returns whether the session holds something that exists on its server only, so that all of its
   * statements have to run there.
   */
  public boolean isPinned() {
    return unnamed
        || !(channels.isEmpty()
            && locks.isEmpty()
            && temporaries.isEmpty()
            && heldCursors.isEmpty()
            && elsewhere.isEmpty());
  }

  /**
   * Returns what of this state a second connection can be given while the session is on another:
   * without what only one server can hold, and what was prepared for that.
   */
  public SessionState unpinned() {
    if (!isPinned()) {
      return this;
    }
    Draft draft = draft();
    draft.unnamed = false;
    draft.channels = Set.of();
    draft.locks = Map.of();
    if (!temporaries.isEmpty()) {
      draft.prepared = Map.of();
    }
    draft.temporaries = Map.of();
    draft.heldCursors = Set.of();
    draft.elsewhere = Set.of();
    return draft.finish();
  }

  /**
   * Returns this state as it is to be set on a connection that began with other settings than the
   * session did.
   */
  public SessionState over(Takeover takeover) {
    if (takeover.isEmpty()) {
      return this;
    }
    Draft draft = draft();
    Map<String, @Nullable String> all = new LinkedHashMap<>(takeover.settings());
    settings.forEach(
        (name, value) -> {
          if (value != null || !all.containsKey(name)) {
            all.put(name, value);
          }
        });
    draft.settings = all;
    if (role == null && authorization == null) {
      draft.role = takeover.role();
    }
    return draft.finish();
  }

  /** Returns what a connection that began otherwise has taken over, as far as it is still so. */
  SessionState only(Takeover takeover) {
    Draft draft = FRESH.draft();
    takeover
        .settings()
        .forEach(
            (name, value) -> {
              if (settings.get(name) == null) {
                draft.settings.put(name, value);
              }
            });
    if (role == null && authorization == null) {
      draft.role = takeover.role();
    }
    return draft.finish();
  }

  /**
   * Returns, in words, what differs between this state and what a server holds; empty if nothing
   * differs. Settings are not compared: a server has its own way to write a value.
   *
   * @param defaultRole the role of a new connection
   */
  public String differencesTo(ServerState actual, String defaultRole) {
    boolean sameRole =
        role == null
            ? authorization != null || defaultRole.equals(actual.role())
            : role.equals(actual.role());
    Map<String, Boolean> checks =
        Map.of(
            "role", sameRole,
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
    Set<String> ownNames;
    boolean unnamed;
    @Nullable String authorization;
    @Nullable String role;
    Map<String, Prepared> prepared;
    Set<String> channels;
    Map<AdvisoryLock, Integer> locks;
    Map<String, Temporary> temporaries;
    Set<String> heldCursors;
    Set<String> libraries;
    Set<String> elsewhere;

    Draft(SessionState from) {
      this.from = from;
      this.reset = from.reset;
      this.settings = new LinkedHashMap<>(from.settings);
      this.ownNames = new LinkedHashSet<>(from.ownNames);
      this.unnamed = from.unnamed;
      this.authorization = from.authorization;
      this.role = from.role;
      this.prepared = new LinkedHashMap<>(from.prepared);
      this.channels = new LinkedHashSet<>(from.channels);
      this.locks = new LinkedHashMap<>(from.locks);
      this.temporaries = new LinkedHashMap<>(from.temporaries);
      this.heldCursors = new LinkedHashSet<>(from.heldCursors);
      this.libraries = new LinkedHashSet<>(from.libraries);
      this.elsewhere = new LinkedHashSet<>(from.elsewhere);
    }

    /** Keeps what no rollback undoes. */
    Draft keeping(SessionState later) {
      ownNames = new LinkedHashSet<>(later.ownNames);
      prepared = new LinkedHashMap<>(later.prepared);
      locks = new LinkedHashMap<>(later.locks);
      libraries = new LinkedHashSet<>(later.libraries);
      elsewhere = new LinkedHashSet<>(later.elsewhere);
      heldCursors.retainAll(later.heldCursors); // A cursor that was closed stays closed.
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
              Collections.unmodifiableSet(ownNames),
              unnamed,
              authorization,
              role,
              Collections.unmodifiableMap(prepared),
              Collections.unmodifiableSet(channels),
              Collections.unmodifiableMap(locks),
              Collections.unmodifiableMap(temporaries),
              Collections.unmodifiableSet(heldCursors),
              Collections.unmodifiableSet(libraries),
              Collections.unmodifiableSet(elsewhere));
      return made.equals(from) ? from : made;
    }
  }
}

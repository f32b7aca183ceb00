package io.baton.session;

import io.baton.session.SessionState.AdvisoryLock;
import io.baton.session.SessionState.Draft;
import io.baton.session.SessionState.Prepared;
import io.baton.session.SessionState.Temporary;
import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.Argument;
import io.baton.session.sql.Effect;
import io.baton.session.sql.Effect.AdvisoryLock.LockAction;
import io.baton.session.sql.Effect.OnCommit;
import io.baton.session.sql.Effect.TemporaryKind;
import io.baton.session.sql.SettingNames;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Applies single effects, and answers of the server, to a state. */
final class SessionEffects {

  private static final Set<String> TRUE = Set.of("true", "t", "on", "yes", "y", "1");

  private SessionEffects() {}

  /**
   * The result of applying an effect.
   *
   * @param state the state afterwards, as far as it is known
   * @param unsure whether only the server knows the rest
   */
  record Outcome(SessionState state, boolean unsure) {}

  /**
   * What an effect takes place in.
   *
   * @param statement the statement
   * @param parameters its parameters
   * @param locals what SET LOCAL has set in the open transaction
   * @param locks what became of advisory locks
   * @param firstPath the search path that the session began with; null if that is the usual one
   */
  record Context(
      AnalysedStatement statement,
      ParameterValues parameters,
      Map<String, @Nullable String> locals,
      LockChanges locks,
      @Nullable String firstPath) {

    /** How something is made now. */
    Making making(SessionState state, String sql) {
      Map<String, @Nullable String> settings = state.settings();
      String role = state.role();
      if (!locals.isEmpty()) {
        settings = new LinkedHashMap<>(settings);
        settings.putAll(locals);
        settings.remove(SettingNames.ROLE);
        settings.remove(SettingNames.SESSION_AUTHORIZATION);
        role = locals.getOrDefault(SettingNames.ROLE, role);
      }
      return new Making(nextOrder(state), sql, settings, state.authorization(), role);
    }

    /** The search path; null if it is the usual one, or not known. */
    @Nullable String searchPath(SessionState state) {
      if (locals.containsKey(SettingNames.SEARCH_PATH)) {
        return locals.get(SettingNames.SEARCH_PATH);
      }
      String set = state.settings().get(SettingNames.SEARCH_PATH);
      return set == null ? firstPath : set;
    }
  }

  /** The place of what is made next. */
  static long nextOrder(SessionState state) {
    long order = 1;
    for (Temporary temporary : state.temporaries().values()) {
      for (Making earlier : temporary.definitions()) {
        order = Math.max(order, earlier.order() + 1);
      }
    }
    for (Prepared prepared : state.prepared().values()) {
      order = Math.max(order, prepared.making().order() + 1);
    }
    return order;
  }

  static Outcome apply(Effect effect, SessionState state, Context context) {
    ParameterValues parameters = context.parameters();
    if (effect instanceof Effect.SetSetting set && SettingNames.isSeed(set.name())) {
      return apply(new Effect.SeedRandom(), state, context);
    }
    if (effect instanceof Effect.SetSetting set) {
      Argument value = resolve(set.value(), parameters);
      return set.local() ? local(state, set.name(), value, context) : set(state, set.name(), value);
    }
    if (effect instanceof Effect.CallSetConfig call) {
      return setConfig(state, call, context);
    }
    if (effect instanceof Effect.AdvisoryLock lock) {
      return lock(state, lock, context);
    }
    if (effect instanceof Effect.CreateTemporary created) {
      return TemporaryRelations.created(state, created, context);
    }
    if (effect instanceof Effect.ChangeRelations change) {
      return TemporaryRelations.changed(state, change, context);
    }
    if (effect instanceof Effect.DropTemporary drop) {
      return TemporaryRelations.dropped(state, drop, context);
    }
    if (effect instanceof Effect.RenameTemporary rename) {
      return TemporaryRelations.renamed(state, rename, context);
    }
    if (effect instanceof Effect.TruncateTemporary truncate) {
      return sure(TemporaryRelations.truncated(state, truncate, context));
    }
    if (effect instanceof Effect.UseSequence use) {
      boolean draws = use.kind() == Effect.UseSequence.SequenceUse.DRAW;
      return sure(draws ? TemporaryRelations.drawn(state) : state);
    }
    if (effect instanceof Effect.Prepare prepare) {
      Prepared prepared = new Prepared(context.making(state, prepare.sql()), prepare.body());
      return sure(
          state.draft().with(draft -> draft.prepared.put(prepare.name(), prepared)).finish());
    }
    if (effect instanceof Effect.RunHiddenCode) {
      return new Outcome(TemporaryRelations.filled(state), true);
    }
    return sure(state.draft().with(draft -> change(draft, effect)).finish());
  }

  /**
   * It lasts until the end of the transaction, but a setting of one's own is known from then on.
   */
  private static Outcome local(SessionState state, String name, Argument value, Context context) {
    if (value instanceof Argument.Text known) {
      context.locals().put(name, known.text());
    } else if (value instanceof Argument.Null) {
      context.locals().put(name, null);
    }
    return sure(heardOf(state, name));
  }

  /** The server has heard of a setting: of one's own, it reads as an empty text from now on. */
  static SessionState heardOf(SessionState state, String name) {
    return !SettingNames.isCustom(name) || state.ownNames().contains(name)
        ? state
        : state.draft().with(draft -> draft.ownNames.add(name)).finish();
  }

  private static Outcome sure(SessionState state) {
    return new Outcome(state, false);
  }

  private static void change(Draft draft, Effect effect) {
    if (effect instanceof Effect.ResetAll) {
      resetAll(draft);
    } else if (effect instanceof Effect.Deallocate deallocate) {
      removeOrClear(draft.prepared.keySet(), deallocate.name());
    } else if (effect instanceof Effect.Discard discard) {
      discard(draft, discard);
    } else if (effect instanceof Effect.Listen listen) {
      draft.channels.add(listen.channel());
    } else if (effect instanceof Effect.Unlisten unlisten) {
      removeOrClear(draft.channels, unlisten.channel());
    } else if (effect instanceof Effect.DeclareCursor cursor) {
      if (cursor.hold()) {
        draft.heldCursors.add(cursor.name());
      }
    } else if (effect instanceof Effect.CloseCursor cursor) {
      removeOrClear(draft.heldCursors, cursor.name());
    } else if (effect instanceof Effect.Load load) {
      draft.libraries.add(load.library());
    } else if (effect instanceof Effect.CreateElsewhere created) {
      draft.elsewhere.add(created.what());
    } else if (effect instanceof Effect.SeedRandom) {
      draft.elsewhere.add(SessionState.SEED);
    }
  }

  private static void removeOrClear(Set<String> names, @Nullable String name) {
    if (name == null) {
      names.clear();
    } else {
      names.remove(name);
    }
  }

  private static void resetAll(Draft draft) {
    draft.reset = true;
    draft.unnamed = false;
    for (String name : draft.settings.keySet()) {
      if (SettingNames.isCustom(name)) {
        draft.ownNames.add(name);
      }
    }
    draft.settings.clear();
  }

  private static void discard(Draft draft, Effect.Discard discard) {
    switch (discard.kind()) {
      case PLANS, SEQUENCES -> {}
      case TEMP -> {
        draft.temporaries.clear();
        draft.elsewhere.remove(Effect.CreateElsewhere.IN_TEMPORARY_SCHEMA);
      }
      case ALL -> {
        resetAll(draft);
        draft.authorization = null;
        draft.role = null;
        draft.prepared.clear();
        draft.channels.clear();
        draft.locks.clear();
        draft.temporaries.clear();
        draft.heldCursors.clear();
        draft.elsewhere.remove(Effect.CreateElsewhere.IN_TEMPORARY_SCHEMA);
        draft.elsewhere.remove(SessionState.SEED); // The next user of the session asks for none.
      }
    }
  }

  /** Returns the text of an argument, its parameter looked up; null if it stays hidden. */
  private static Argument resolve(Argument argument, ParameterValues parameters) {
    if (!(argument instanceof Argument.Parameter parameter)) {
      return argument;
    }
    ParameterValues.Value value = parameters.value(parameter.index());
    if (!value.known()) {
      return Argument.HIDDEN;
    }
    String text = value.text();
    return text == null ? Argument.NULL : new Argument.Text(text);
  }

  private static @Nullable String text(Argument argument, ParameterValues parameters) {
    return resolve(argument, parameters) instanceof Argument.Text known ? known.text() : null;
  }

  /** The name of the setting that an effect sets, or null if it sets none that the text shows. */
  static @Nullable String nameOfSetting(Effect effect, ParameterValues parameters) {
    if (effect instanceof Effect.SetSetting set) {
      return set.name();
    }
    if (effect instanceof Effect.CallSetConfig call) {
      String name = text(call.name(), parameters);
      return name == null ? null : SettingNames.normalize(name);
    }
    return null;
  }

  private static Outcome setConfig(SessionState state, Effect.CallSetConfig call, Context context) {
    ParameterValues parameters = context.parameters();
    String given = text(call.name(), parameters);
    String local = text(call.local(), parameters);
    if (given == null) {
      return new Outcome(state, true); // The tracker judges whether its name can be known.
    }
    String name = SettingNames.normalize(given);
    if (SettingNames.isSeed(name)) {
      return apply(new Effect.SeedRandom(), state, context);
    }
    Argument value = resolve(call.value(), parameters);
    if (local != null && TRUE.contains(local.toLowerCase(Locale.ROOT))) {
      return local(state, name, value, context);
    }
    if (!call.certain() || local == null) {
      return new Outcome(state, true);
    }
    return set(state, name, value);
  }

  /** Whether a call sets a setting whose name is not to be seen. */
  static boolean hidesName(Effect effect, ParameterValues parameters) {
    return effect instanceof Effect.CallSetConfig call && text(call.name(), parameters) == null;
  }

  private static Outcome set(SessionState state, String name, Argument value) {
    if (SettingNames.isOfTransaction(name)) {
      return sure(state);
    }
    if (value instanceof Argument.Hidden
        || value instanceof Argument.Parameter
        || name.equals(SettingNames.DATE_STYLE)) {
      // A date style is merged with the one before.
      return new Outcome(state, true);
    }
    String text = value instanceof Argument.Text known ? known.text() : null;
    Draft draft = state.draft();
    switch (name) {
      case SettingNames.ROLE -> draft.role = text;
      case SettingNames.SESSION_AUTHORIZATION -> {
        draft.authorization = text;
        draft.role = null;
      }
      default -> {
        draft.settings.put(name, text);
        if (SettingNames.isCustom(name)) {
          draft.ownNames.add(name);
        }
      }
    }
    // What becomes of a default role with the session user, the server knows.
    return new Outcome(draft.finish(), name.equals(SettingNames.SESSION_AUTHORIZATION));
  }

  private static Outcome lock(SessionState state, Effect.AdvisoryLock lock, Context context) {
    if (lock.kind() == LockAction.UNLOCK_ALL && lock.certain()) {
      return sure(state.draft().with(draft -> draft.locks.clear()).finish());
    }
    List<@Nullable String> key =
        lock.key().stream().map(argument -> key(argument, context.parameters())).toList();
    if (!lock.certain() || lock.kind() == LockAction.UNLOCK_ALL) {
      context.locks().unclear();
      return new Outcome(state, true);
    }
    if (key.contains(null)) {
      if (lock.kind() == LockAction.UNLOCK) {
        context.locks().unclear();
      } else {
        context.locks().taken();
      }
      return new Outcome(state, true);
    }
    AdvisoryLock one = new AdvisoryLock(String.join(", ", key), lock.shared());
    Integer count = state.locks().get(one);
    if (lock.kind() == LockAction.TRY_LOCK && count == null) {
      context.locks().tried(one);
      return new Outcome(state, true);
    }
    Draft draft = state.draft();
    if (lock.kind() != LockAction.UNLOCK) {
      draft.locks.merge(one, 1, (held, more) -> held == 0 ? 0 : held + more);
    } else if (count != null && count == 0) {
      return new Outcome(state, true);
    } else if (count != null) {
      draft.locks.computeIfPresent(one, (same, held) -> held > 1 ? held - 1 : null);
    }
    return sure(draft.finish());
  }

  /** A part of a key, as the server writes it; null if the text does not show it. */
  private static @Nullable String key(Argument argument, ParameterValues parameters) {
    String text = text(argument, parameters);
    if (text == null) {
      return null;
    }
    try {
      return Long.toString(Long.parseLong(text.strip()));
    } catch (NumberFormatException writtenInAnotherWay) {
      return null;
    }
  }

  /** Returns the state corrected by what the server reports. */
  static SessionState digested(
      SessionState state, ServerState answer, LockChanges locks, Settled settled) {
    Draft draft = state.draft();
    draft
        .settings
        .entrySet()
        .removeIf(
            known -> known.getValue() != null && !answer.settings().containsKey(known.getKey()));
    answer
        .settings()
        .forEach(
            (name, value) -> {
              boolean isOnlyHeardOf =
                  SettingNames.isCustom(name)
                      && value.isEmpty()
                      && draft.settings.get(name) == null;
              if (SettingNames.isCustom(name)) {
                draft.ownNames.add(name);
              }
              if (!isOnlyHeardOf) {
                draft.settings.put(name, value);
              }
            });
    draft.settings.remove(SettingNames.ROLE);
    draft.settings.remove(SettingNames.SESSION_AUTHORIZATION);
    draft.role = answer.role().equals(settled.defaultRole()) ? null : answer.role();
    draft.prepared.keySet().retainAll(answer.prepared().keySet());
    answer
        .prepared()
        .forEach((name, found) -> draft.prepared.putIfAbsent(name, settled.prepared(state, found)));
    draft.channels.retainAll(answer.channels());
    draft.channels.addAll(answer.channels());
    draft.locks = locks.digest(state.locks(), answer.locks());
    draft.heldCursors.retainAll(answer.heldCursors());
    draft.heldCursors.addAll(answer.heldCursors());
    draft.elsewhere.removeIf(
        one -> one.startsWith(ServerState.SLOT) || one.startsWith(ServerState.DEPENDENT));
    draft.elsewhere.addAll(answer.elsewhere());
    draft.temporaries.keySet().retainAll(answer.temporaries().keySet());
    answer
        .temporaries()
        .forEach(
            (name, found) ->
                draft.temporaries.merge(
                    name, unseen(found), (known, now) -> known.withRows(now.holdsRows())));
    return draft.finish();
  }

  /** How what the server tells is to be read. */
  interface Settled {
    /** The role of a new connection. */
    String defaultRole();

    /** A statement that the tracker has not seen being prepared. */
    Prepared prepared(SessionState state, ServerState.Prepared found);
  }

  private static Temporary unseen(ServerState.Temporary found) {
    TemporaryKind kind =
        switch (found.kind()) {
          case "v" -> TemporaryKind.VIEW;
          case "S" -> TemporaryKind.SEQUENCE;
          case "f" -> TemporaryKind.FUNCTION;
          case "t" -> TemporaryKind.TYPE;
          default -> TemporaryKind.TABLE;
        };
    boolean holds = kind == TemporaryKind.TABLE || kind == TemporaryKind.SEQUENCE;
    return new Temporary(kind, List.of(), holds && found.filled(), OnCommit.PRESERVE_ROWS);
  }
}

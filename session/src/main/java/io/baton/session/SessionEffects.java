package io.baton.session;

import io.baton.session.SessionState.AdvisoryLock;
import io.baton.session.SessionState.Draft;
import io.baton.session.SessionState.Temporary;
import io.baton.session.sql.Argument;
import io.baton.session.sql.Effect;
import io.baton.session.sql.Effect.OnCommit;
import io.baton.session.sql.Effect.TemporaryKind;
import io.baton.session.sql.SettingNames;
import java.util.List;
import java.util.Locale;
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

  static Outcome apply(Effect effect, SessionState state, ParameterValues parameters) {
    if (effect instanceof Effect.SetSetting set) {
      return set.local() ? sure(state) : set(state, set.name(), resolve(set.value(), parameters));
    }
    if (effect instanceof Effect.CallSetConfig call) {
      return setConfig(state, call, parameters);
    }
    if (effect instanceof Effect.AdvisoryLock lock) {
      return lock(state, lock, parameters);
    }
    if (effect instanceof Effect.CreateTemporary created) {
      return sure(TemporaryRelations.created(state, created));
    }
    if (effect instanceof Effect.ChangeRelations change) {
      boolean cascades = change.drop() && change.cascade() && !state.temporaries().isEmpty();
      return new Outcome(TemporaryRelations.changed(state, change), cascades);
    }
    if (effect instanceof Effect.Execute execute) {
      return new Outcome(state, !state.prepared().containsKey(execute.name()));
    }
    if (effect instanceof Effect.RunHiddenCode) {
      return new Outcome(state, true);
    }
    return sure(state.draft().with(draft -> change(draft, effect)).finish());
  }

  private static Outcome sure(SessionState state) {
    return new Outcome(state, false);
  }

  private static void change(Draft draft, Effect effect) {
    if (effect instanceof Effect.ResetAll) {
      resetAll(draft);
    } else if (effect instanceof Effect.Prepare prepare) {
      draft.prepared.put(prepare.name(), prepare.sql());
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
    } else if (effect instanceof Effect.SeedRandom) {
      draft.seeded = true;
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
    draft.settings.clear();
  }

  private static void discard(Draft draft, Effect.Discard discard) {
    switch (discard.kind()) {
      case PLANS, SEQUENCES -> {}
      case TEMP -> draft.temporaries.clear();
      case ALL -> {
        resetAll(draft);
        draft.authorization = null;
        draft.role = null;
        draft.prepared.clear();
        draft.channels.clear();
        draft.locks.clear();
        draft.temporaries.clear();
        draft.heldCursors.clear();
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

  private static Outcome setConfig(
      SessionState state, Effect.CallSetConfig call, ParameterValues parameters) {
    String name = text(call.name(), parameters);
    String local = text(call.local(), parameters);
    if (local != null && TRUE.contains(local.toLowerCase(Locale.ROOT))) {
      return sure(state);
    }
    if (!call.certain() || name == null || local == null) {
      return new Outcome(state, true);
    }
    Argument value = resolve(call.value(), parameters);
    return set(state, SettingNames.normalize(name), value);
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
      case SettingNames.ROLE -> draft.role = "none".equals(text) ? null : text;
      case SettingNames.SESSION_AUTHORIZATION -> {
        draft.authorization = text;
        draft.role = null;
      }
      default -> draft.settings.put(name, text);
    }
    return sure(draft.finish());
  }

  private static Outcome lock(
      SessionState state, Effect.AdvisoryLock lock, ParameterValues parameters) {
    if (lock.kind() == Effect.AdvisoryLock.LockAction.UNLOCK_ALL) {
      return sure(state.draft().with(draft -> draft.locks.clear()).finish());
    }
    List<@Nullable String> key =
        lock.key().stream().map(argument -> text(argument, parameters)).toList();
    boolean known = lock.certain() && !key.contains(null);
    if (!known || lock.kind() == Effect.AdvisoryLock.LockAction.TRY_LOCK) {
      return new Outcome(state, true);
    }
    AdvisoryLock held = new AdvisoryLock(String.join(", ", key), lock.shared());
    Draft draft = state.draft();
    if (lock.kind() == Effect.AdvisoryLock.LockAction.LOCK) {
      draft.locks.merge(held, 1, Integer::sum);
    } else {
      draft.locks.computeIfPresent(held, (same, count) -> count > 1 ? count - 1 : null);
    }
    return sure(draft.finish());
  }

  /** Returns the state corrected by what the server reports. */
  static SessionState digested(SessionState state, ServerState answer) {
    Draft draft = state.draft();
    draft
        .settings
        .entrySet()
        .removeIf(
            known -> known.getValue() != null && !answer.settings().containsKey(known.getKey()));
    draft.settings.putAll(answer.settings());
    draft.settings.remove(SettingNames.ROLE);
    draft.settings.remove(SettingNames.SESSION_AUTHORIZATION);
    draft.role = "none".equals(answer.role()) ? null : answer.role();
    draft.prepared.keySet().retainAll(answer.prepared().keySet());
    answer.prepared().forEach(draft.prepared::putIfAbsent);
    draft.channels.retainAll(answer.channels());
    draft.channels.addAll(answer.channels());
    draft.locks.keySet().retainAll(answer.locks());
    answer.locks().forEach(lock -> draft.locks.putIfAbsent(lock, 1));
    draft.heldCursors.retainAll(answer.heldCursors());
    draft.heldCursors.addAll(answer.heldCursors());
    draft.temporaries.keySet().retainAll(answer.temporaries().keySet());
    answer.temporaries().forEach((name, kind) -> draft.temporaries.putIfAbsent(name, unseen(kind)));
    return draft.finish();
  }

  private static Temporary unseen(String kind) {
    TemporaryKind unseen =
        switch (kind) {
          case "v" -> TemporaryKind.VIEW;
          case "S" -> TemporaryKind.SEQUENCE;
          default -> TemporaryKind.TABLE;
        };
    return new Temporary(unseen, List.of(), true, OnCommit.PRESERVE_ROWS, null);
  }
}

package io.baton.session;

import io.baton.session.SessionEffects.Context;
import io.baton.session.SessionState.Temporary;
import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.CommandKind;
import io.baton.session.sql.Effect;
import io.baton.session.sql.Effect.OnCommit;
import io.baton.session.sql.Effect.TemporaryKind;
import io.baton.session.sql.RelationName;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Applies the effects of statements on what is temporary in a session. */
final class TemporaryRelations {

  private static final String SCHEMA = "pg_temp";

  /** One for each way to write a key. */
  private static final List<TemporaryKind> KINDS_OF_KEYS =
      List.of(TemporaryKind.TABLE, TemporaryKind.FUNCTION, TemporaryKind.TYPE);

  private TemporaryRelations() {}

  static SessionEffects.Outcome created(
      SessionState state, Effect.CreateTemporary created, Context context) {
    if (!isTemporary(state, created, context)) {
      return new SessionEffects.Outcome(state, false);
    }
    String key = created.kind().key(created.name().name());
    Temporary before = state.temporaries().get(key);
    if (before != null && created.ifNotExists()) {
      return new SessionEffects.Outcome(state, false);
    }
    String definition = created.definition();
    List<Making> makings = new ArrayList<>();
    if (definition != null) {
      if (before != null) {
        makings.addAll(before.definitions()); // Replaced, or another function of that name.
      }
      makings.add(context.making(state, definition));
    }
    Temporary temporary =
        new Temporary(created.kind(), makings, created.holdsRows(), created.onCommit());
    return new SessionEffects.Outcome(
        state.draft().with(draft -> draft.temporaries.put(key, temporary)).finish(),
        definition == null);
  }

  private static boolean isTemporary(
      SessionState state, Effect.CreateTemporary created, Context context) {
    if (created.declared()) {
      return true;
    }
    if (created.name().schema() != null) {
      return false;
    }
    return leads(context.searchPath(state))
        || (created.kind() == TemporaryKind.VIEW && names(state, context.statement()));
  }

  /** Whether names that are created without a schema become temporary. */
  private static boolean leads(@Nullable String searchPath) {
    return searchPath != null
        && searchPath.strip().toLowerCase(Locale.ROOT).replace("\"", "").startsWith(SCHEMA);
  }

  private static boolean names(SessionState state, @Nullable AnalysedStatement statement) {
    return statement != null
        && statement.relations().stream()
            .anyMatch(
                named -> state.temporaries().containsKey(named.name()) && mayBeTemporary(named));
  }

  static SessionState changed(SessionState state, Effect.ChangeRelations change, Context context) {
    if (state.temporaries().isEmpty()) {
      return state;
    }
    SessionState.Draft draft = state.draft();
    Making making = null;
    for (RelationName relation : change.relations()) {
      for (TemporaryKind kind : KINDS_OF_KEYS) {
        String key = kind.key(relation.name());
        Temporary known = draft.temporaries.get(key);
        if (known != null && mayBeTemporary(relation) && !known.definitions().isEmpty()) {
          making = making == null ? context.making(state, change.sql()) : making;
          draft.temporaries.put(key, known.defined(with(known.definitions(), making)));
        }
      }
    }
    return draft.finish();
  }

  private static List<Making> with(List<Making> definitions, Making added) {
    if (definitions.contains(added)) {
      return definitions;
    }
    List<Making> all = new ArrayList<>(definitions);
    all.add(added);
    return all;
  }

  static SessionEffects.Outcome dropped(SessionState state, Effect.DropTemporary drop) {
    if (state.temporaries().isEmpty()) {
      return new SessionEffects.Outcome(state, false);
    }
    SessionState.Draft draft = state.draft();
    boolean unsure = drop.cascade();
    for (RelationName name : drop.names()) {
      boolean may =
          drop.kind() == TemporaryKind.FUNCTION
              ? SCHEMA.equals(name.schema())
              : mayBeTemporary(name);
      if (may && draft.temporaries.remove(drop.kind().key(name.name())) != null) {
        unsure |= drop.kind() == TemporaryKind.FUNCTION; // Another one of that name may be left.
      }
    }
    return new SessionEffects.Outcome(draft.finish(), unsure);
  }

  static SessionState renamed(SessionState state, Effect.RenameTemporary rename, Context context) {
    Temporary known = state.temporaries().get(rename.from().name());
    if (known == null || !mayBeTemporary(rename.from())) {
      return state;
    }
    Temporary renamed =
        known.definitions().isEmpty()
            ? known
            : known.defined(with(known.definitions(), context.making(state, rename.sql())));
    return state
        .draft()
        .with(
            draft -> {
              draft.temporaries.remove(rename.from().name());
              draft.temporaries.put(rename.to(), renamed);
            })
        .finish();
  }

  /** The rows are gone; the positions of sequences stay where they are. */
  static SessionState truncated(SessionState state, Effect.TruncateTemporary truncate) {
    if (state.temporaries().isEmpty()) {
      return state;
    }
    SessionState.Draft draft = state.draft();
    for (RelationName relation : truncate.relations()) {
      Temporary known = state.temporaries().get(relation.name());
      if (known != null && mayBeTemporary(relation) && !known.mayDrawSequences()) {
        draft.temporaries.put(relation.name(), known.withRows(false));
      }
    }
    return draft.finish();
  }

  /** Records that a statement that is no proved read may have filled what it names. */
  static SessionState written(SessionState state, AnalysedStatement statement) {
    if (statement.kind() == CommandKind.DEFINITION || statement.kind() == CommandKind.TRUNCATE) {
      return state;
    }
    SessionState.Draft draft = null;
    boolean byView = false;
    for (RelationName relation : statement.relations()) {
      Temporary known = state.temporaries().get(relation.name());
      if (known == null || !mayBeTemporary(relation)) {
        continue;
      }
      byView |= known.kind() == TemporaryKind.VIEW;
      if (!known.holdsRows() && known.kind() != TemporaryKind.VIEW) {
        draft = draft == null ? state.draft() : draft;
        draft.temporaries.put(relation.name(), known.withRows(true));
      }
    }
    SessionState named = draft == null ? state : draft.finish();
    return byView ? filled(named) : named;
  }

  /** Any of them may have been filled. */
  static SessionState filled(SessionState state) {
    if (state.temporaries().isEmpty()) {
      return state;
    }
    SessionState.Draft draft = state.draft();
    for (Map.Entry<String, Temporary> one : draft.temporaries.entrySet()) {
      TemporaryKind kind = one.getValue().kind();
      if (kind == TemporaryKind.TABLE || kind == TemporaryKind.SEQUENCE) {
        one.setValue(one.getValue().withRows(true));
      }
    }
    return draft.finish();
  }

  /** Values were drawn from sequences, the session's own perhaps. */
  static SessionState drawn(SessionState state) {
    if (state.temporaries().isEmpty()) {
      return state;
    }
    SessionState.Draft draft = state.draft();
    for (Map.Entry<String, Temporary> one : draft.temporaries.entrySet()) {
      Temporary known = one.getValue();
      boolean draws =
          known.kind() == TemporaryKind.SEQUENCE
              || (known.kind() == TemporaryKind.TABLE && known.mayDrawSequences());
      if (draws) {
        one.setValue(known.withRows(true));
      }
    }
    return draft.finish();
  }

  private static boolean mayBeTemporary(RelationName relation) {
    String schema = relation.schema();
    return schema == null || schema.startsWith(SCHEMA);
  }

  static SessionState committed(SessionState state) {
    if (state.temporaries().isEmpty()) {
      return state;
    }
    SessionState.Draft draft = state.draft();
    state
        .temporaries()
        .forEach(
            (name, known) -> {
              if (known.onCommit() == OnCommit.DROP) {
                draft.temporaries.remove(name);
              } else if (known.onCommit() == OnCommit.DELETE_ROWS && !known.mayDrawSequences()) {
                draft.temporaries.put(name, known.withRows(false));
              }
            });
    return draft.finish();
  }
}

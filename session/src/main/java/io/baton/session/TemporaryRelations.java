package io.baton.session;

import io.baton.session.SessionState.Temporary;
import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.CommandKind;
import io.baton.session.sql.Effect;
import io.baton.session.sql.Effect.OnCommit;
import io.baton.session.sql.RelationName;
import java.util.ArrayList;
import java.util.List;

/** Applies the effects of statements on the temporary relations of a session. */
final class TemporaryRelations {
  private TemporaryRelations() {}

  static SessionState created(SessionState state, Effect.CreateTemporary created) {
    String name = created.name().name();
    if (created.ifNotExists() && state.temporaries().containsKey(name)) {
      return state;
    }
    String definition = created.definition();
    return state
        .draft()
        .with(
            draft ->
                draft.temporaries.put(
                    name,
                    new Temporary(
                        created.kind(),
                        definition == null ? List.of() : List.of(definition),
                        created.holdsRows(),
                        created.onCommit(),
                        state.role() != null ? state.role() : state.authorization())))
        .finish();
  }

  static SessionState changed(SessionState state, Effect.ChangeRelations change) {
    if (state.temporaries().isEmpty()) {
      return state;
    }
    SessionState.Draft draft = state.draft();
    for (RelationName relation : change.relations()) {
      Temporary known = state.temporaries().get(relation.name());
      if (known == null || !mayBeTemporary(relation)) {
        continue;
      }
      if (change.drop()) {
        draft.temporaries.remove(relation.name());
      } else if (!known.definitions().isEmpty()) {
        List<String> definitions = new ArrayList<>(known.definitions());
        definitions.add(change.sql());
        draft.temporaries.put(
            relation.name(),
            new Temporary(
                known.kind(), definitions, known.holdsRows(), known.onCommit(), known.owner()));
      }
    }
    return draft.finish();
  }

  /** Records that the relations named in a statement that writes may hold rows now. */
  static SessionState written(SessionState state, AnalysedStatement statement) {
    if (statement.kind() == CommandKind.DEFINITION) {
      return state;
    }
    SessionState.Draft draft = null;
    for (RelationName relation : statement.relations()) {
      Temporary known = state.temporaries().get(relation.name());
      if (known != null && !known.holdsRows() && mayBeTemporary(relation)) {
        draft = draft == null ? state.draft() : draft;
        draft.temporaries.put(relation.name(), known.withRows(true));
      }
    }
    return draft == null ? state : draft.finish();
  }

  private static boolean mayBeTemporary(RelationName relation) {
    String schema = relation.schema();
    return schema == null || schema.startsWith("pg_temp");
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
              } else if (known.onCommit() == OnCommit.DELETE_ROWS && known.holdsRows()) {
                draft.temporaries.put(name, known.withRows(false));
              }
            });
    return draft.finish();
  }
}

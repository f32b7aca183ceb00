package io.baton.session;

import io.baton.session.SessionEffects.Context;
import io.baton.session.SessionState.Temporary;
import io.baton.session.catalogue.SessionReach;
import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.CommandKind;
import io.baton.session.sql.Effect;
import io.baton.session.sql.Effect.OnCommit;
import io.baton.session.sql.Effect.TemporaryKind;
import io.baton.session.sql.FunctionBody;
import io.baton.session.sql.RelationName;
import io.baton.session.sql.StatementAnalysis;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Applies the effects of statements on what is temporary in a session. */
final class TemporaryRelations {

  private static final String SCHEMA = "pg_temp";

  /** So much of a table's name is left, at least, in one that PostgreSQL makes of it. */
  private static final int LEAST_OF_CHOSEN_NAME = 20;

  /** One for each way to write a key. */
  private static final List<TemporaryKind> KINDS_OF_KEYS =
      List.of(TemporaryKind.TABLE, TemporaryKind.FUNCTION, TemporaryKind.TYPE);

  private TemporaryRelations() {}

  static SessionEffects.Outcome created(
      SessionState state, Effect.CreateTemporary created, Context context) {
    if (!isTemporary(state, created, context)) {
      return mayBeTemporaryView(state, created, context)
          ? new SessionEffects.Outcome(withoutDefinition(state, created.name().name()), true)
          : new SessionEffects.Outcome(state, false);
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
    return leads(context.searchPath(state));
  }

  /** A view of something temporary is temporary: the server knows whether it is one. */
  private static boolean mayBeTemporaryView(
      SessionState state, Effect.CreateTemporary created, Context context) {
    return created.kind() == TemporaryKind.VIEW
        && created.name().schema() == null
        && names(state, context.statement());
  }

  /** Whether names that are created without a schema become temporary. */
  private static boolean leads(@Nullable String searchPath) {
    return searchPath != null && normal(searchPath).startsWith(SCHEMA);
  }

  private static String normal(String searchPath) {
    return searchPath.strip().toLowerCase(Locale.ROOT).replace("\"", "");
  }

  /** Whether a name means something temporary, where there is something temporary of that name. */
  private enum Meaning {
    TEMPORARY,
    /** Another schema of the search path may have one of that name, and comes first. */
    EITHER,
    PERMANENT
  }

  /**
   * What is temporary comes first in the search path, unless the path says where it comes
   * (PostgreSQL, "search_path"). Functions are not found there at all.
   */
  private static Meaning meaning(
      RelationName named, TemporaryKind kind, SessionState state, Context context) {
    String schema = named.schema();
    if (schema != null) {
      return schema.startsWith(SCHEMA) ? Meaning.TEMPORARY : Meaning.PERMANENT;
    }
    if (kind == TemporaryKind.FUNCTION) {
      return Meaning.PERMANENT;
    }
    String path = context.searchPath(state);
    return path == null || leads(path) || !normal(path).contains(SCHEMA)
        ? Meaning.TEMPORARY
        : Meaning.EITHER;
  }

  /** The server is to tell what this is by now. */
  private static SessionState withoutDefinition(SessionState state, String key) {
    Temporary known = state.temporaries().get(key);
    return known == null
        ? state
        : state
            .draft()
            .with(draft -> draft.temporaries.put(key, known.defined(List.of())))
            .finish();
  }

  /** The server is to tell what the tables are by now. */
  private static SessionEffects.Outcome withoutDefinitions(SessionState state) {
    SessionState.Draft draft = state.draft();
    draft.temporaries.replaceAll(
        (key, known) -> known.kind() == TemporaryKind.TABLE ? known.defined(List.of()) : known);
    return new SessionEffects.Outcome(draft.finish(), true);
  }

  /**
   * Whether an index or a sequence may belong to a temporary table: it is named by what made the
   * table, or has a name that PostgreSQL would choose.
   */
  private static boolean mayBeOfTable(RelationName part, SessionState state, Context context) {
    if (meaning(part, TemporaryKind.TABLE, state, context) == Meaning.PERMANENT) {
      return false;
    }
    String name = part.name();
    for (Map.Entry<String, Temporary> one : state.temporaries().entrySet()) {
      if (one.getValue().kind() == TemporaryKind.TABLE
          && (name.startsWith(chosenFrom(one.getKey()))
              || one.getValue().definitions().stream()
                  .anyMatch(making -> contains(making.sql(), name)))) {
        return true;
      }
    }
    return false;
  }

  /** What a name begins with that is chosen for a part of a table; a long one is cut. */
  private static String chosenFrom(String table) {
    return table.length() > LEAST_OF_CHOSEN_NAME
        ? table.substring(0, LEAST_OF_CHOSEN_NAME)
        : table + "_";
  }

  private static boolean contains(String sql, String name) {
    return Pattern.compile("(?i)\\b" + Pattern.quote(name) + "\\b").matcher(sql).find();
  }

  /** Whether a statement names a relation that may be temporary. */
  static boolean names(SessionState state, @Nullable AnalysedStatement statement) {
    return statement != null
        && statement.relations().stream()
            .anyMatch(
                named -> state.temporaries().containsKey(named.name()) && mayBeTemporary(named));
  }

  static SessionEffects.Outcome changed(
      SessionState state, Effect.ChangeRelations change, Context context) {
    if (state.temporaries().isEmpty()) {
      return new SessionEffects.Outcome(state, false);
    }
    for (RelationName part : change.target().parts()) {
      if (!state.temporaries().containsKey(part.name()) && mayBeOfTable(part, state, context)) {
        return withoutDefinitions(state);
      }
    }
    SessionState.Draft draft = state.draft();
    boolean unsure = false;
    Making making = null;
    for (RelationName relation : change.target().objects()) {
      for (TemporaryKind kind : KINDS_OF_KEYS) {
        String key = kind.key(relation.name());
        Temporary known = draft.temporaries.get(key);
        Meaning meaning = meaning(relation, kind, state, context);
        if (known == null || meaning == Meaning.PERMANENT || known.definitions().isEmpty()) {
          continue;
        }
        if (meaning == Meaning.EITHER) {
          draft.temporaries.put(key, known.defined(List.of()));
          unsure = true;
        } else {
          making = making == null ? context.making(state, change.sql()) : making;
          draft.temporaries.put(key, known.defined(with(known.definitions(), making)));
        }
      }
    }
    return new SessionEffects.Outcome(draft.finish(), unsure);
  }

  /**
   * Whether a statement may have made, or dropped, something permanent that depends on what is
   * temporary: a column of its type, a default, a check, an index, a trigger that calls its
   * function. The server drops that, with its rows, when the session ends.
   */
  static boolean mayBeDependedOn(
      SessionState state, StatementAnalysis analysis, AnalysedStatement statement) {
    if (state.temporaries().isEmpty()
        || statement.kind() != CommandKind.DEFINITION
        || statement.effects().stream().anyMatch(TemporaryRelations::isDeclaredTemporary)) {
      return false;
    }
    if (state.elsewhere().stream().anyMatch(one -> one.startsWith(ServerState.DEPENDENT))) {
      return true; // It may be what drops that.
    }
    String text =
        analysis.text().substring(statement.start(), statement.end()).toLowerCase(Locale.ROOT);
    return text.contains(SCHEMA)
        || state.temporaries().keySet().stream()
            .map(key -> key.substring(key.indexOf(' ') + 1).toLowerCase(Locale.ROOT))
            .anyMatch(text::contains);
  }

  private static boolean isDeclaredTemporary(Effect effect) {
    return effect instanceof Effect.CreateTemporary created && created.declared();
  }

  private static List<Making> with(List<Making> definitions, Making added) {
    if (definitions.contains(added)) {
      return definitions;
    }
    List<Making> all = new ArrayList<>(definitions);
    all.add(added);
    return all;
  }

  /** What belongs to it goes with it: if anything is left, the server knows what. */
  static SessionEffects.Outcome dropped(
      SessionState state, Effect.DropTemporary drop, Context context) {
    if (state.temporaries().isEmpty()) {
      return new SessionEffects.Outcome(state, false);
    }
    SessionState.Draft draft = state.draft();
    boolean unsure = drop.cascade();
    boolean isRemoved = false;
    for (RelationName name : drop.names()) {
      String key = drop.kind().key(name.name());
      if (!draft.temporaries.containsKey(key)) {
        if (drop.kind() == TemporaryKind.SEQUENCE && mayBeOfTable(name, state, context)) {
          return withoutDefinitions(draft.finish());
        }
        continue;
      }
      Meaning meaning = meaning(name, drop.kind(), state, context);
      unsure |= meaning == Meaning.EITHER;
      if (meaning == Meaning.TEMPORARY) {
        draft.temporaries.remove(key);
        isRemoved = true;
        unsure |= drop.kind() == TemporaryKind.FUNCTION; // Another one of that name may be left.
      }
    }
    unsure |= isRemoved && !draft.temporaries.isEmpty();
    return new SessionEffects.Outcome(draft.finish(), unsure);
  }

  static SessionEffects.Outcome renamed(
      SessionState state, Effect.RenameTemporary rename, Context context) {
    String from = rename.from().name();
    Temporary known = state.temporaries().get(from);
    if (known == null) {
      return !state.temporaries().isEmpty() && mayBeOfTable(rename.from(), state, context)
          ? withoutDefinitions(state)
          : new SessionEffects.Outcome(state, false);
    }
    return switch (meaning(rename.from(), known.kind(), state, context)) {
      case PERMANENT -> new SessionEffects.Outcome(state, false);
      case EITHER -> new SessionEffects.Outcome(withoutDefinition(state, from), true);
      case TEMPORARY -> new SessionEffects.Outcome(renamed(state, known, rename, context), false);
    };
  }

  private static SessionState renamed(
      SessionState state, Temporary known, Effect.RenameTemporary rename, Context context) {
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
  static SessionState truncated(
      SessionState state, Effect.TruncateTemporary truncate, Context context) {
    if (state.temporaries().isEmpty()) {
      return state;
    }
    SessionState.Draft draft = state.draft();
    for (RelationName relation : truncate.relations()) {
      Temporary known = state.temporaries().get(relation.name());
      if (known != null
          && meaning(relation, TemporaryKind.TABLE, state, context) == Meaning.TEMPORARY
          && !known.mayDrawSequences()) {
        draft.temporaries.put(relation.name(), known.withRows(false));
      }
    }
    return draft.finish();
  }

  /**
   * Records that a statement that is no proved read may have filled what it names: its target,
   * where its text shows that there is only one.
   *
   * @param analysis the text that it is a statement of, or that runs it
   */
  static SessionState written(
      SessionState state, StatementAnalysis analysis, AnalysedStatement statement) {
    if (statement.kind() == CommandKind.DEFINITION
        || statement.kind() == CommandKind.TRUNCATE
        || !names(state, statement)) {
      return state;
    }
    String target = targetOf(analysis, statement);
    SessionState.Draft draft = null;
    boolean byView = false;
    for (RelationName relation : statement.relations()) {
      Temporary known = state.temporaries().get(relation.name());
      boolean isRead = target != null && !relation.name().equals(target);
      if (known == null || isRead || !mayBeTemporary(relation)) {
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

  /** The bare name of all that a statement changes by its text; null if that cannot be told. */
  private static @Nullable String targetOf(
      StatementAnalysis analysis, AnalysedStatement statement) {
    RelationName target = analysis.soleTarget();
    if (target == null) {
      return null;
    }
    String name = target.name();
    return statement.relations().stream().anyMatch(one -> one.name().equals(name)) ? name : null;
  }

  /** Whether code may have changed something temporary. */
  static boolean mayBeTouched(SessionState state, SessionReach reach) {
    Set<String> temporaries = state.temporaries().keySet();
    return reach.anyRelation()
        || (!temporaries.isEmpty()
            && (reach.relations().contains(FunctionBody.SEQUENCES)
                || !Collections.disjoint(temporaries, reach.relations())));
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

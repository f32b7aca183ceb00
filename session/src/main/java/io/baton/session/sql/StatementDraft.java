package io.baton.session.sql;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The analysis of one statement while it is made. Confined to that analysis. */
final class StatementDraft {
  private static final int MOST_NAMES = 10_000;

  CommandKind kind = CommandKind.UNKNOWN;
  boolean readCandidate;
  boolean needsWriter;

  /** Whether what it calls runs later, if at all: while a cursor is fetched from. */
  boolean runsLater;

  /** Whether names of functions, views and operators may mean something else afterwards. */
  boolean definesCode;

  Replayability replayability = Replayability.REPLAYABLE;
  final List<Effect> effects = new ArrayList<>();
  final Set<FunctionCall> functions = new LinkedHashSet<>();
  final Set<RelationName> relations = new LinkedHashSet<>();
  final Set<String> operators = new LinkedHashSet<>();

  /**
   * Whether it names more than an analysis keeps. Such a statement counts as not recognised, which
   * is always safe, and what it names is of no use.
   */
  boolean isTooLarge() {
    return functions.size() + relations.size() + operators.size() > MOST_NAMES
        || effects.size() > MOST_NAMES;
  }

  /** A command that has no effect on the session by itself. */
  void is(CommandKind command) {
    kind = command;
  }

  /** A command with this effect. */
  void is(CommandKind command, Effect effect) {
    kind = command;
    effects.add(effect);
  }

  /** A statement that is not recognised; what was found so far is dropped. */
  void unknown() {
    kind = CommandKind.UNKNOWN;
    readCandidate = false;
    definesCode = true;
    replayability = Replayability.UNKNOWN;
    effects.clear();
    effects.add(new Effect.RunHiddenCode());
  }

  private static boolean isTooLarge(Effect effect) {
    return effect instanceof Effect.ChangeRelations change
        && change.relations().size() > MOST_NAMES;
  }

  void worsen(Replayability found) {
    if (replayability == Replayability.REPLAYABLE) {
      replayability = found;
    }
  }

  AnalysedStatement finish(Tokens tokens, int from, int end) {
    if (isTooLarge() || effects.stream().anyMatch(StatementDraft::isTooLarge)) {
      unknown();
      functions.clear();
      relations.clear();
      operators.clear();
    }
    return new AnalysedStatement(
        kind,
        List.copyOf(effects),
        List.copyOf(functions),
        List.copyOf(relations),
        Set.copyOf(operators),
        readCandidate,
        needsWriter || WriterOnly.isCommand(kind, effects),
        definesCode,
        replayability,
        from < end ? tokens.start(from) : 0,
        from < end ? tokens.end(end - 1) : 0);
  }
}

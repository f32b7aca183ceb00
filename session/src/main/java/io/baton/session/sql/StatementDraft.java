package io.baton.session.sql;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The analysis of one statement while it is made. Confined to that analysis. */
final class StatementDraft {
  CommandKind kind = CommandKind.UNKNOWN;
  boolean readCandidate;

  /** Whether names of functions, views and operators may mean something else afterwards. */
  boolean definesCode;

  Replayability replayability = Replayability.REPLAYABLE;
  final List<Effect> effects = new ArrayList<>();
  final Set<FunctionCall> functions = new LinkedHashSet<>();
  final Set<RelationName> relations = new LinkedHashSet<>();
  final Set<String> operators = new LinkedHashSet<>();

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

  void worsen(Replayability found) {
    if (replayability == Replayability.REPLAYABLE) {
      replayability = found;
    }
  }

  AnalysedStatement finish(Tokens tokens, int from, int end) {
    return new AnalysedStatement(
        kind,
        List.copyOf(effects),
        List.copyOf(functions),
        List.copyOf(relations),
        Set.copyOf(operators),
        readCandidate,
        definesCode,
        replayability,
        from < end ? tokens.start(from) : 0,
        from < end ? tokens.end(end - 1) : 0);
  }
}

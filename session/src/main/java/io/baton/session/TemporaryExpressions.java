package io.baton.session;

import io.baton.session.SessionState.Temporary;
import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.catalogue.SessionReach;
import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.CommandKind;
import io.baton.session.sql.Effect.TemporaryKind;
import io.baton.session.sql.FunctionBody;
import io.baton.session.sql.FunctionCall;
import java.util.Collections;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The code in the definitions of what is temporary in a session: defaults, checks, generated
 * columns, indexes, triggers, rules, and the queries of views. No catalogue that is read on another
 * connection shows them, but their texts are known.
 *
 * <p>They are judged together: who names one relation may run the code of all. So it need not be
 * known which view reads which, and which type a column has. What has no text cannot be made again:
 * the session ends with its server in any case.
 *
 * <p>Confined to its tracker.
 */
final class TemporaryExpressions {

  private final FunctionCatalogue catalogue;

  private @Nullable Map<String, Temporary> read;
  private FunctionBody code = FunctionBody.EMPTY;
  private boolean draws;

  private @Nullable Object judgedBy;
  private SessionReach reach = SessionReach.NONE;

  TemporaryExpressions(FunctionCatalogue catalogue) {
    this.catalogue = catalogue;
  }

  /** What the code does by itself. */
  FunctionBody code() {
    return code;
  }

  /** Whether it draws from sequences where a statement writes. */
  boolean draws() {
    return draws;
  }

  /** What the code may do. */
  SessionReach reach() {
    return reach;
  }

  /**
   * Returns whether a statement may run such code. What the code does is said of this state then.
   *
   * @param block the code of a block; null if it is none
   */
  boolean isRunBy(AnalysedStatement statement, @Nullable FunctionBody block, SessionState state) {
    boolean runs =
        !state.temporaries().isEmpty()
            && (TemporaryRelations.names(state, statement) || mayName(statement, block, state));
    if (runs) {
      judge(state.temporaries());
    }
    return runs;
  }

  /** Whether code that it runs may name something temporary. */
  private boolean mayName(
      AnalysedStatement statement, @Nullable FunctionBody block, SessionState state) {
    if (block != null) {
      return block.names().contains(FunctionBody.ANY)
          || !Collections.disjoint(state.temporaries().keySet(), block.names())
          || catalogue.mayBeOwn(block.calls());
    }
    return statement.kind() == CommandKind.CALL
        || (!statement.functions().isEmpty()
            && catalogue.mayBeOwn(
                statement.functions().stream()
                    .map(FunctionCall::name)
                    .collect(Collectors.toSet())));
  }

  /** A state has the same map as the one before it unless something temporary has changed. */
  @SuppressWarnings("ReferenceEquality")
  private void judge(Map<String, Temporary> temporaries) {
    Object judge = catalogue.identity();
    if (read != temporaries) {
      read = temporaries;
      FunctionBody expressions = codeOf(temporaries);
      draws = expressions.written().contains(FunctionBody.SEQUENCES);
      code = draws ? expressions.withoutSequences() : expressions;
    } else if (judge != null && judge == judgedBy) {
      return;
    }
    reach = CodeBlock.reach(code, catalogue);
    judgedBy = judge;
  }

  private static FunctionBody codeOf(Map<String, Temporary> temporaries) {
    FunctionBody expressions = FunctionBody.EMPTY;
    FunctionBody functions = FunctionBody.EMPTY;
    for (Temporary temporary : temporaries.values()) {
      for (Making making : temporary.definitions()) {
        if (temporary.kind() == TemporaryKind.FUNCTION) {
          functions = functions.and(FunctionBody.ofDefinition(making.sql()));
        } else {
          expressions = expressions.and(FunctionBody.ofExpressionsIn(making.sql()));
        }
      }
    }
    boolean callsOwn =
        expressions.calls().stream()
            .anyMatch(name -> temporaries.containsKey(TemporaryKind.FUNCTION.key(name)));
    return callsOwn ? expressions.and(functions) : expressions;
  }
}

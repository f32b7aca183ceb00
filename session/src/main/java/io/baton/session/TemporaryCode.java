package io.baton.session;

import io.baton.session.SessionState.Temporary;
import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.catalogue.SessionReach;
import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.Effect.TemporaryKind;
import io.baton.session.sql.FunctionBody;
import io.baton.session.sql.FunctionCall;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the functions of {@code pg_temp} may do to their session. No catalogue that is read on
 * another connection shows them, but the session has seen them being made.
 */
final class TemporaryCode {

  private static final String SCHEMA = "pg_temp";

  private TemporaryCode() {}

  /** Whether a statement calls any of them. */
  static boolean isCalledBy(AnalysedStatement statement, SessionState state) {
    return !state.temporaries().isEmpty()
        && statement.functions().stream().anyMatch(call -> called(call, state) != null);
  }

  /** The same statement, as if it called none of them. */
  static AnalysedStatement without(AnalysedStatement statement, SessionState state) {
    List<FunctionCall> others = new ArrayList<>(statement.functions());
    others.removeIf(call -> called(call, state) != null);
    return others.size() == statement.functions().size() ? statement : statement.calling(others);
  }

  /** What those of them that a statement calls may do. */
  static SessionReach reach(
      AnalysedStatement statement, SessionState state, FunctionCatalogue catalogue) {
    SessionReach reach = SessionReach.NONE;
    for (FunctionCall call : statement.functions()) {
      Temporary function = called(call, state);
      if (function != null) {
        reach = reach.union(of(function, state, catalogue));
      }
    }
    return reach;
  }

  private static @Nullable Temporary called(FunctionCall call, SessionState state) {
    return SCHEMA.equals(call.schema())
        ? state.temporaries().get(TemporaryKind.FUNCTION.key(call.name()))
        : null;
  }

  /** One that calls another of them is not looked into. */
  private static SessionReach of(
      Temporary function, SessionState state, FunctionCatalogue catalogue) {
    SessionReach reach =
        function.definitions().isEmpty() ? SessionReach.ANYTHING : SessionReach.NONE;
    for (Making making : function.definitions()) {
      FunctionBody body = FunctionBody.ofDefinition(making.sql());
      boolean callsAnother =
          body.calls().stream()
              .anyMatch(name -> state.temporaries().containsKey(TemporaryKind.FUNCTION.key(name)));
      reach = reach.union(callsAnother ? SessionReach.ANYTHING : CodeBlock.reach(body, catalogue));
    }
    return reach;
  }
}

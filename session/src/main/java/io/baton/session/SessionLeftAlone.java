package io.baton.session;

import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.catalogue.SessionReach;
import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.Effect;
import io.baton.session.sql.FunctionBody;
import io.baton.session.sql.FunctionCall;
import io.baton.session.sql.StatementAnalysis;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether a session is the same whether a text has run or not, by the catalogue as it is now.
 * What is not known counts as a change.
 *
 * @param temporaryCode the code of what is temporary in the session
 * @param now the state of the session, outside of a transaction
 * @param firstPath the search path that the session began with; null if that is not known
 */
record SessionLeftAlone(
    FunctionCatalogue catalogue,
    TemporaryExpressions temporaryCode,
    SessionState now,
    @Nullable String firstPath) {

  /** Returns whether that is so for a text. */
  boolean by(StatementAnalysis analysis) {
    for (int i = 0; i < analysis.statements().size(); i++) {
      AnalysedStatement statement = analysis.statements().get(i);
      FunctionBody block = CodeBlock.bodyOf(analysis, statement);
      SessionReach reach =
          block == null ? catalogue.reach(analysis, i) : CodeBlock.reach(block, catalogue);
      if (TemporaryRelations.mayBeDependedOn(now, analysis, statement)
          || !by(analysis, statement, block, reach)) {
        return false;
      }
    }
    return true;
  }

  private boolean by(
      StatementAnalysis analysis,
      AnalysedStatement statement,
      @Nullable FunctionBody block,
      SessionReach found) {
    SessionReach reach = found.whereHeardOf(now.ownNames());
    return !reach.changesMoreThanRelations()
        && !TemporaryRelations.mayBeTouched(now, reach)
        && !TemporaryCode.isCalledBy(statement, now)
        && (!temporaryCode.isRunBy(statement, block, now)
            || (temporaryCode.reach().isNone() && !temporaryCode.draws()))
        && (statement.readCandidate()
            || TemporaryRelations.written(now, analysis, statement).equals(now))
        && !leavesElsewhere(statement)
        && statement.effects().stream().allMatch(effect -> by(analysis, statement, effect));
  }

  private boolean by(StatementAnalysis analysis, AnalysedStatement statement, Effect effect) {
    if (endsOrBegins(effect)
        || (effect instanceof Effect.RunHiddenCode && CodeBlock.isJudged(statement))) {
      return true;
    }
    if (effect instanceof Effect.Execute execute) {
      SessionState.Prepared prepared = now.prepared().get(execute.name());
      AnalysedStatement body = prepared == null ? null : prepared.body();
      return body != null && by(analysis, body, null, catalogue.reach(body));
    }
    if (effect instanceof Effect.AdvisoryLock) {
      return false;
    }
    SessionEffects.Context apart =
        new SessionEffects.Context(
            statement,
            ParameterValues.UNKNOWN,
            new LinkedHashMap<>(),
            new LockChanges(),
            firstPath);
    SessionEffects.Outcome outcome = SessionEffects.apply(effect, now, apart);
    return !outcome.unsure() && outcome.state().equals(now);
  }

  /** Whether it does nothing but begin or end a transaction, or a part of one. */
  private static boolean endsOrBegins(Effect effect) {
    return effect instanceof Effect.Begin
        || effect instanceof Effect.Commit
        || effect instanceof Effect.Rollback
        || effect instanceof Effect.Savepoint
        || effect instanceof Effect.Release
        || effect instanceof Effect.RollbackTo
        || effect instanceof Effect.PrepareTransaction;
  }

  private static boolean leavesElsewhere(AnalysedStatement statement) {
    return statement.functions().stream()
        .map(FunctionCall::name)
        .anyMatch(name -> connectsElsewhere(name) || createsElsewhere(name));
  }

  /** Whether a function leaves a connection to another server in the session. */
  static boolean connectsElsewhere(String function) {
    return function.startsWith("dblink_connect");
  }

  /** Whether a function may leave something of the server's in the session, such as a slot. */
  static boolean createsElsewhere(String function) {
    return function.startsWith("pg_create_") || function.startsWith("pg_copy_");
  }
}

package io.baton.session;

import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.catalogue.SessionReach;
import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.CommandKind;
import io.baton.session.sql.FunctionBody;
import io.baton.session.sql.FunctionCall;
import io.baton.session.sql.RelationName;
import io.baton.session.sql.Replayability;
import io.baton.session.sql.StatementAnalysis;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What code that the application sends (DO, CREATE FUNCTION) may do to its session. */
final class CodeBlock {
  private CodeBlock() {}

  /** The code of a block (DO); null if it is none. */
  static @Nullable FunctionBody bodyOf(StatementAnalysis analysis, AnalysedStatement block) {
    return block.kind() == CommandKind.DO
        ? FunctionBody.ofBlock(analysis.text().substring(block.start(), block.end()))
        : null;
  }

  /** Whether the source of the code that a statement runs is judged. */
  static boolean isJudged(AnalysedStatement statement) {
    return statement.kind() == CommandKind.CALL || statement.kind() == CommandKind.DO;
  }

  /** What its source shows, and what the functions, views and tables that it names may do. */
  static SessionReach reach(FunctionBody body, FunctionCatalogue catalogue) {
    if (body.other()) {
      return SessionReach.ANYTHING;
    }
    Set<String> written = new HashSet<>(body.written());
    boolean any = written.remove(FunctionBody.ANY);
    SessionReach own =
        new SessionReach(
            body.settings(),
            body.localSettings(),
            body.unnamedSettings() && !body.passesName(),
            body.passesName(),
            written,
            any || body.anyRelation(),
            body.locks(),
            false);
    SessionReach called =
        catalogue
            .reach(statement(CommandKind.SELECT, body.calls(), body.names()))
            .notPassing(); // What this code passes, no statement shows.
    return written.isEmpty()
        ? own.union(called)
        : own.union(called)
            .union(catalogue.reach(statement(CommandKind.UPDATE, Set.of(), written)));
  }

  /** A statement that names what the block names. */
  private static AnalysedStatement statement(
      CommandKind kind, Collection<String> calls, Collection<String> names) {
    return new AnalysedStatement(
        kind,
        List.of(),
        calls.stream().map(name -> new FunctionCall(null, name, -1, false)).toList(),
        names.stream()
            .filter(name -> !name.equals(FunctionBody.ANY))
            .map(name -> new RelationName(null, name))
            .toList(),
        Set.of(),
        false,
        false,
        false,
        Replayability.REPLAYABLE,
        0,
        0);
  }
}

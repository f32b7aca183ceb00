package io.baton.session.sql;

import io.baton.session.sql.Effect.OnCommit;
import io.baton.session.sql.Effect.TemporaryKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** CREATE, ALTER, DROP and their kin, and the commands that work on storage. */
final class DefinitionCommands {
  /** What cannot be created, altered or dropped inside of a transaction, or is not undone by it. */
  private static final Set<String> OUTSIDE_TRANSACTIONS =
      Set.of("database", "tablespace", "subscription", "system");

  /** What can be created without any name's coming to mean another piece of code. */
  private static final Set<String> WITHOUT_CODE = Set.of("sequence");

  private DefinitionCommands() {}

  static void create(StatementReader reader, StatementDraft draft) {
    draft.kind = CommandKind.DEFINITION;
    int start = reader.from;
    reader.acceptAll("or", "replace");
    boolean temporary = temporary(reader);
    reader.accept("unlogged");
    reader.accept("unique");
    reader.accept("recursive");
    draft.definesCode = !isWithoutCode(reader);
    TemporaryKind kind = temporaryKind(reader);
    if (kind != null) {
      relation(reader, draft, kind, temporary, start);
      return;
    }
    if (code(reader, draft, start)) {
      return;
    }
    if (isOutsideTransactions(reader) || reader.find("concurrently") >= 0) {
      draft.worsen(Replayability.NON_TRANSACTIONAL);
    }
    if (isInTemporarySchema(reader)) {
      draft.effects.add(new Effect.CreateElsewhere(Effect.CreateElsewhere.IN_TEMPORARY_SCHEMA));
    }
    changes(reader, draft);
  }

  /** Whether the name of what is created has the schema of what is temporary, of another kind. */
  private static boolean isInTemporarySchema(StatementReader reader) {
    for (int index = reader.at; index + 1 < reader.end; index++) {
      if (reader.tokens.isMark(index + 1, '.')) {
        return reader.tokens.isName(index) && reader.tokens.identifier(index).equals("pg_temp");
      }
      if (reader.tokens.isMark(index, '(') || reader.tokens.isWord(index, "on")) {
        return false;
      }
    }
    return false;
  }

  /** CREATE of a function, procedure, type or domain in the schema of what is temporary. */
  private static boolean code(StatementReader reader, StatementDraft draft, int start) {
    TemporaryKind kind = kindOfCode(reader);
    if (kind == null) {
      return false;
    }
    reader.at++;
    RelationName name = reader.relation();
    if (name == null) {
      return false;
    }
    draft.effects.add(
        new Effect.CreateTemporary(
            kind,
            name,
            reader.textFrom(start),
            false,
            OnCommit.PRESERVE_ROWS,
            false,
            "pg_temp".equals(name.schema())));
    return true;
  }

  private static @Nullable TemporaryKind kindOfCode(StatementReader reader) {
    if (reader.isWord("function") || reader.isWord("procedure")) {
      return TemporaryKind.FUNCTION;
    }
    return reader.isWord("type") || reader.isWord("domain") ? TemporaryKind.TYPE : null;
  }

  private static boolean temporary(StatementReader reader) {
    if (reader.isWord(1, "temp") || reader.isWord(1, "temporary")) {
      if (!reader.accept("local")) {
        reader.accept("global");
      }
    }
    return reader.accept("temp") || reader.accept("temporary");
  }

  private static @Nullable TemporaryKind temporaryKind(StatementReader reader) {
    if (reader.accept("table")) {
      return TemporaryKind.TABLE;
    }
    if (reader.accept("view")) {
      return TemporaryKind.VIEW;
    }
    return reader.accept("sequence") ? TemporaryKind.SEQUENCE : null;
  }

  private static void relation(
      StatementReader reader,
      StatementDraft draft,
      TemporaryKind kind,
      boolean temporary,
      int start) {
    boolean ifNotExists = reader.acceptAll("if", "not", "exists");
    RelationName name = reader.relation();
    if (name == null) {
      draft.unknown();
      return;
    }
    StatementReader query = kind == TemporaryKind.TABLE ? QueryScan.queryAfterAs(reader) : null;
    boolean holdsRows = false;
    if (query != null) {
      holdsRows = reader.find("with", "no", "data") < 0;
      if (query.accept("execute")) {
        Effect execution = SessionCommands.execution(query, draft);
        draft.effects.add(execution == null ? new Effect.RunHiddenCode() : execution);
      } else {
        QueryScan.expression(query, draft);
      }
    }
    if (kind == TemporaryKind.VIEW) {
      draft.relations.addAll(QueryScan.names(reader));
    }
    draft.effects.add(
        new Effect.CreateTemporary(
            kind,
            name,
            query == null ? reader.textFrom(start) : null,
            holdsRows,
            onCommit(reader),
            ifNotExists,
            temporary || "pg_temp".equals(name.schema())));
  }

  private static OnCommit onCommit(StatementReader reader) {
    if (reader.find("on", "commit", "drop") >= 0) {
      return OnCommit.DROP;
    }
    return reader.find("on", "commit", "delete", "rows") >= 0
        ? OnCommit.DELETE_ROWS
        : OnCommit.PRESERVE_ROWS;
  }

  private static boolean isWithoutCode(StatementReader reader) {
    return !reader.isDone()
        && reader.tokens.kind(reader.at) == TokenKind.WORD
        && WITHOUT_CODE.contains(reader.tokens.word(reader.at));
  }

  /** COMMENT, GRANT, REVOKE, SECURITY LABEL and REASSIGN. */
  static void annotate(StatementReader reader, StatementDraft draft) {
    draft.kind = CommandKind.DEFINITION;
    changes(reader, draft);
  }

  /** ALTER and IMPORT. */
  static void alter(StatementReader reader, StatementDraft draft) {
    draft.kind = CommandKind.DEFINITION;
    draft.definesCode = true;
    if (isOutsideTransactions(reader) || reader.find("concurrently") >= 0) {
      draft.worsen(Replayability.NON_TRANSACTIONAL);
    }
    Effect renaming = renaming(reader);
    if (renaming == null) {
      changes(reader, draft);
    } else {
      draft.effects.add(renaming);
    }
  }

  /** ALTER TABLE, VIEW or SEQUENCE ... RENAME TO; null if it is another one. */
  private static @Nullable Effect renaming(StatementReader reader) {
    int rename = reader.find("rename", "to");
    StatementReader what = reader.part(reader.at, reader.end);
    if (rename < 0 || temporaryKind(what) == null) {
      return null;
    }
    what.acceptAll("if", "exists");
    what.accept("only");
    RelationName from = what.relation();
    what.acceptMark('*');
    String to = reader.part(rename + 2, reader.end).name();
    return from == null || to == null || what.at != rename
        ? null
        : new Effect.RenameTemporary(from, to, reader.textFrom(reader.from));
  }

  /** DROP: no name can mean code afterwards that it could not have meant before. */
  static void drop(StatementReader reader, StatementDraft draft) {
    draft.kind = CommandKind.DEFINITION;
    if (isOutsideTransactions(reader) || reader.find("concurrently") >= 0) {
      draft.worsen(Replayability.NON_TRANSACTIONAL);
    }
    TemporaryKind kind = droppedKind(reader);
    if (kind == null) {
      changes(reader, draft);
      return;
    }
    reader.acceptAll("if", "exists");
    draft.effects.add(new Effect.DropTemporary(kind, dropped(reader), reader.find("cascade") >= 0));
  }

  private static @Nullable TemporaryKind droppedKind(StatementReader reader) {
    TemporaryKind kind = temporaryKind(reader);
    if (kind == null) {
      kind = kindOfCode(reader);
      if (kind != null || reader.isWord("routine")) {
        reader.at++;
        return kind == null ? TemporaryKind.FUNCTION : kind;
      }
    }
    return kind;
  }

  /** The names behind DROP; those of functions may have arguments behind them. */
  private static List<RelationName> dropped(StatementReader reader) {
    List<RelationName> names = new ArrayList<>();
    do {
      RelationName name = reader.relation();
      if (name == null) {
        break;
      }
      names.add(name);
      if (reader.isMark('(')) {
        reader.at = reader.afterParentheses(reader.at);
      }
    } while (reader.acceptMark(','));
    return List.copyOf(names);
  }

  private static boolean isOutsideTransactions(StatementReader reader) {
    return !reader.isDone()
        && reader.tokens.kind(reader.at) == TokenKind.WORD
        && OUTSIDE_TRANSACTIONS.contains(reader.tokens.word(reader.at));
  }

  private static void changes(StatementReader reader, StatementDraft draft) {
    draft.effects.add(
        new Effect.ChangeRelations(
            QueryScan.names(reader),
            DefinitionTargetReader.of(reader),
            reader.textFrom(reader.from)));
  }

  /** TRUNCATE: the rows of temporary tables are gone, and come back with a rollback. */
  static void truncate(StatementReader reader, StatementDraft draft) {
    draft.kind = CommandKind.TRUNCATE;
    draft.relations.addAll(QueryScan.names(reader));
    reader.accept("table");
    draft.effects.add(new Effect.TruncateTemporary(reader.relations()));
  }

  /** VACUUM, ANALYZE, CLUSTER, REINDEX, CHECKPOINT and REFRESH. */
  static void maintenance(String command, StatementReader reader, StatementDraft draft) {
    draft.kind = CommandKind.MAINTENANCE;
    if (command.equals("refresh")) {
      draft.relations.addAll(QueryScan.names(reader)); // It runs what its view calls.
    }
    boolean transactional =
        switch (command) {
          case "analyze", "analyse", "refresh" -> reader.find("concurrently") < 0;
          case "cluster" -> !reader.isDone();
          case "reindex" -> reader.isWord("table") || reader.isWord("index");
          default -> false;
        };
    if (!transactional || reader.find("concurrently") >= 0) {
      draft.worsen(Replayability.NON_TRANSACTIONAL);
    }
  }
}

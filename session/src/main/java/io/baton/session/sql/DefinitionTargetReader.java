package io.baton.session.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds what a definition command changes, by the grammar of each command (PostgreSQL's reference,
 * part VI, section I). A command that can change nothing temporary has no target.
 *
 * <p>Confined to the analysis that makes it.
 */
final class DefinitionTargetReader {

  private static final Set<String> ON_A_TABLE = Set.of("trigger", "rule", "policy");
  private static final Set<String> CODE =
      Set.of("function", "procedure", "routine", "aggregate", "type", "domain");

  /** What can be granted on, besides tables, sequences and code. */
  private static final Set<String> NEVER_TEMPORARY =
      Set.of(
          "all", "database", "foreign", "language", "large", "parameter", "schema", "tablespace");

  private final StatementReader reader;
  private final List<RelationName> objects = new ArrayList<>(1);
  private final List<RelationName> parts = new ArrayList<>(1);

  private DefinitionTargetReader(StatementReader reader) {
    this.reader = reader;
  }

  /** Reads the whole of a command, wherever its reader stands. */
  static DefinitionTarget of(StatementReader command) {
    DefinitionTargetReader found =
        new DefinitionTargetReader(command.part(command.from, command.end));
    found.command();
    return found.objects.isEmpty() && found.parts.isEmpty()
        ? DefinitionTarget.NONE
        : new DefinitionTarget(found.objects, found.parts);
  }

  private void command() {
    if (reader.accept("create")) {
      created();
    } else if (reader.accept("alter")) {
      altered();
    } else if (reader.accept("drop")) {
      dropped();
    } else if (reader.acceptAll("comment", "on") || isLabelled()) {
      described();
    } else if (reader.accept("grant") || reader.accept("revoke")) {
      granted();
    }
  }

  private boolean isLabelled() {
    return reader.acceptAll("security", "label") && goBehind("on");
  }

  private void created() {
    reader.acceptAll("or", "replace");
    reader.accept("unique");
    reader.accept("constraint");
    if (reader.isWord("index") || reader.isWord("trigger") || reader.isWord("policy")) {
      behind("on");
    } else if (reader.isWord("rule")) {
      behind("to");
    } else if (reader.isWord("statistics")) {
      behind("from");
    }
  }

  private void altered() {
    if (reader.accept("table") || reader.accept("view")) {
      objects(optional());
    } else if (reader.accept("sequence")) {
      RelationName sequence = optional();
      objects(sequence);
      parts(sequence);
    } else if (reader.accept("index")) {
      parts(optional());
    } else if (acceptAny(ON_A_TABLE)) {
      behind("on");
    } else if (acceptAny(CODE)) {
      objects(reader.relation());
    }
  }

  private void dropped() {
    if (reader.accept("index")) {
      reader.accept("concurrently");
      reader.acceptAll("if", "exists");
      parts.addAll(reader.relations());
    } else if (acceptAny(ON_A_TABLE)) {
      behind("on");
    }
  }

  private void described() {
    if (reader.accept("table") || reader.accept("view") || acceptAny(CODE)) {
      objects(reader.relation());
    } else if (reader.accept("sequence")) {
      RelationName sequence = reader.relation();
      objects(sequence);
      parts(sequence);
    } else if (reader.accept("index")) {
      parts(reader.relation());
    } else if (reader.accept("column")) {
      objects(relationOfColumn());
    } else if (acceptAny(ON_A_TABLE) || reader.accept("constraint")) {
      goBehind("on");
      reader.accept("domain");
      objects(reader.relation());
    }
  }

  private void granted() {
    if (!goBehind("on") || acceptAny(NEVER_TEMPORARY)) {
      return;
    }
    boolean isSequence = reader.accept("sequence");
    if (!isSequence && !acceptAny(CODE)) {
      reader.accept("table");
    }
    do {
      RelationName name = reader.relation();
      objects(name);
      if (isSequence) {
        parts(name);
      }
      if (reader.isMark('(')) {
        reader.at = reader.afterParentheses(reader.at);
      }
    } while (reader.acceptMark(','));
  }

  private boolean acceptAny(Set<String> words) {
    boolean isOne =
        !reader.isDone()
            && reader.tokens.kind(reader.at) == TokenKind.WORD
            && words.contains(reader.tokens.word(reader.at));
    if (isOne) {
      reader.at++;
    }
    return isOne;
  }

  /** The relation behind a word. */
  private void behind(String word) {
    if (goBehind(word)) {
      reader.accept("only");
      objects(reader.relation());
    }
  }

  private boolean goBehind(String word) {
    int index = reader.find(word);
    if (index >= 0) {
      reader.at = index + 1;
    }
    return index >= 0;
  }

  private @Nullable RelationName optional() {
    reader.acceptAll("if", "exists");
    reader.accept("only");
    return reader.relation();
  }

  /** The relation of the column that is next. */
  private @Nullable RelationName relationOfColumn() {
    String schema = null;
    String relation = null;
    String column = reader.name();
    while (column != null && reader.acceptMark('.')) {
      schema = relation;
      relation = column;
      column = reader.name();
    }
    return relation == null ? null : new RelationName(schema, relation);
  }

  private void objects(@Nullable RelationName name) {
    if (name != null) {
      objects.add(name);
    }
  }

  private void parts(@Nullable RelationName name) {
    if (name != null) {
      parts.add(name);
    }
  }
}

package io.baton.session.catalogue;

import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.CommandKind;
import io.baton.session.sql.Effect;
import io.baton.session.sql.FunctionCall;
import io.baton.session.sql.RelationName;
import io.baton.session.sql.SettingNames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What each function, relation and operator of a database may do to a session, if it may do
 * anything: what leaves it alone is not kept.
 *
 * <p>Not thread-safe while it is filled; read-only afterwards.
 */
final class CodeReach {

  /** Operators that IN, BETWEEN, CASE, DISTINCT, a join by columns and others use unwritten. */
  static final Set<String> USED_UNWRITTEN = Set.of("=", "<>", "<", ">", "<=", ">=");

  /** Words of a write that stand before a parenthesis, and call nothing. */
  private static final Set<String> PARTS_OF_WRITES = Set.of("conflict", "insert", "set");

  /** The names of all functions and types, and of all tables. */
  private record Names(Set<String> functions, Set<String> tables) {}

  private record Callable(CodeGraph.Signature signature, SessionReach reach) {

    boolean mayBeMeantBy(FunctionCall call) {
      String schema = call.schema();
      int arguments = call.arguments();
      boolean inSchema =
          schema == null || signature.schema().isEmpty() || schema.equals(signature.schema());
      return inSchema
          && (arguments < 0 || (arguments >= signature.fewest() && arguments <= signature.most()));
    }
  }

  private final Set<String> unknown;
  private final Map<String, List<Callable>> functions = new HashMap<>();
  private final Map<String, SessionReach> read = new HashMap<>();
  private final Map<String, SessionReach> computed = new HashMap<>();
  private final Map<String, SessionReach> written = new HashMap<>();
  private final Map<String, SessionReach> operators = new HashMap<>();
  private final Set<String> customSettings = new HashSet<>();

  /** Names of all functions that are not the system's, whatever they do. */
  private final Set<String> ownFunctions = new HashSet<>();

  private SessionReach hidden = SessionReach.NONE;
  private SessionReach eventTriggers = SessionReach.NONE;

  CodeReach(Set<String> unknown) {
    this.unknown = unknown;
  }

  void function(CodeGraph.Signature signature, SessionReach reach) {
    ownFunctions.add(signature.name());
    if (!reach.isNone()) {
      functions
          .computeIfAbsent(signature.name(), first -> new ArrayList<>(1))
          .add(new Callable(signature, reach));
    }
  }

  void relation(
      String name, SessionReach whenRead, SessionReach whenComputed, SessionReach whenWritten) {
    put(read, name, whenRead);
    put(computed, name, whenComputed);
    put(written, name, whenWritten);
  }

  private static void put(Map<String, SessionReach> map, String name, SessionReach reach) {
    if (!reach.isNone()) {
      map.merge(name, reach, SessionReach::union);
    }
  }

  void operator(String name, SessionReach reach) {
    put(operators, name, reach);
    if (USED_UNWRITTEN.contains(name)) {
      hidden(reach);
    }
  }

  void hidden(SessionReach reach) {
    hidden = hidden.union(reach);
  }

  void eventTrigger(SessionReach reach) {
    eventTriggers = eventTriggers.union(reach);
  }

  void customSettings(Set<String> settings) {
    for (String setting : settings) {
      if (SettingNames.isCustom(setting)) {
        customSettings.add(setting);
      }
    }
  }

  /** The custom settings that functions name. */
  Set<String> customSettings() {
    return customSettings;
  }

  /** Whether a statement names something that may mean something else by now. */
  boolean isInDoubt(AnalysedStatement statement) {
    if (unknown.isEmpty()) {
      return false;
    }
    for (FunctionCall call : statement.functions()) {
      if (unknown.contains(call.name())) {
        return true;
      }
    }
    for (RelationName relation : statement.relations()) {
      if (unknown.contains(relation.name())) {
        return true;
      }
    }
    return false;
  }

  /** Whether one of these may be a function that is not the system's. */
  boolean areOwn(Set<String> names) {
    for (String name : names) {
      if (ownFunctions.contains(name) || unknown.contains(name)) {
        return true;
      }
    }
    return false;
  }

  /** Whether both say the same of every statement. */
  boolean saysTheSameAs(CodeReach that) {
    return unknown.equals(that.unknown)
        && functions.equals(that.functions)
        && read.equals(that.read)
        && computed.equals(that.computed)
        && written.equals(that.written)
        && operators.equals(that.operators)
        && hidden.equals(that.hidden)
        && eventTriggers.equals(that.eventTriggers)
        && customSettings.equals(that.customSettings);
  }

  /** What a statement may do to its session by code. */
  SessionReach of(AnalysedStatement statement, Set<String> known, Set<String> tables) {
    return switch (statement.kind()) {
      case UNKNOWN, DO -> SessionReach.ANYTHING;
      case DEFINITION -> ofDefinition(statement, new Names(known, tables));
      default -> ofCommand(statement, new Names(known, tables));
    };
  }

  /** Event triggers, the query of a CREATE TABLE AS, and what computes rows and indexes. */
  private SessionReach ofDefinition(AnalysedStatement statement, Names known) {
    SessionReach reach = eventTriggers.union(ofCommand(statement, known));
    for (Effect effect : statement.effects()) {
      if (effect instanceof Effect.ChangeRelations change) {
        for (RelationName named : change.relations()) {
          String name = named.name();
          if (unknown.contains(name)) {
            return SessionReach.ANYTHING;
          }
          reach = reach.union(computed.getOrDefault(name, SessionReach.NONE));
          for (Callable callable : functions.getOrDefault(name, List.of())) {
            reach = reach.union(callable.reach());
          }
        }
      }
    }
    return reach;
  }

  private SessionReach ofCommand(AnalysedStatement statement, Names known) {
    if (statement.isPlain()) {
      return SessionReach.NONE;
    }
    SessionReach reach = hidden.union(ofCalls(statement, known));
    boolean writes = writes(statement);
    for (RelationName name : statement.relations()) {
      Map<String, SessionReach> touched = writes ? written : read;
      SessionReach found = touched.get(name.name());
      if (found != null) {
        reach = reach.union(found);
      } else if (unknown.contains(name.name())) {
        reach = SessionReach.ANYTHING;
      }
    }
    for (String operator : statement.operators()) {
      reach = reach.union(operators.getOrDefault(operator, SessionReach.NONE));
    }
    return reach;
  }

  private static boolean writes(AnalysedStatement statement) {
    return switch (statement.kind()) {
      case INSERT, UPDATE, DELETE, MERGE, COPY_IN, TRUNCATE -> true;
      case SHOW, FETCH, MOVE, SET, RESET -> false;
      default -> !statement.readCandidate();
    };
  }

  /**
   * What the functions that it calls may do.
   *
   * @param known what there is
   */
  private SessionReach ofCalls(AnalysedStatement statement, Names known) {
    SessionReach reach = SessionReach.NONE;
    for (FunctionCall call : statement.functions()) {
      String name = call.name();
      boolean isUnknown =
          call.certain()
              && !known.functions().contains(name)
              && !(known.tables().contains(name) && !statement.readCandidate())
              && !isPartOfWrite(statement, call);
      if (isUnknown || unknown.contains(name)) {
        return SessionReach.ANYTHING;
      }
      for (Callable callable : functions.getOrDefault(name, List.of())) {
        if (callable.mayBeMeantBy(call)) {
          reach = reach.union(callable.reach());
        }
      }
    }
    return reach;
  }

  /** Whether it is no call: a word of an INSERT, or its target with the names of columns. */
  private static boolean isPartOfWrite(AnalysedStatement statement, FunctionCall call) {
    if (statement.readCandidate()) {
      return false;
    }
    String name = call.name();
    if (call.schema() == null && PARTS_OF_WRITES.contains(name)) {
      return true;
    }
    List<RelationName> names = statement.relations();
    return names.size() > 1
        && statement.kind() == CommandKind.INSERT
        && names.get(0).name().equals("insert")
        && names.get(1).equals(new RelationName(call.schema(), name));
  }
}

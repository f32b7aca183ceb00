package io.baton.session.catalogue;

import io.baton.session.sql.FunctionBody;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The code of a database, and what calls what.
 *
 * <p>A function may call every function whose name its body has, in whatever schema, and fires the
 * triggers of every table of a name that it writes. A table has three kinds of code: what runs when
 * it is read (of a view: the functions in it), when its rows are computed (defaults, constraints,
 * indexes), and when it is written (all that, and triggers, rules, and what foreign keys lead to).
 *
 * <p>Not thread-safe while it is filled; read-only afterwards.
 */
final class CodeGraph {

  /**
   * How a function is called.
   *
   * @param fewest how many arguments it takes at least
   * @param most how many arguments it takes at most
   */
  record Signature(String schema, String name, int fewest, int most) {}

  /** Something that runs, and what it runs in its turn. */
  private static final class Node {
    final List<Node> runs = new ArrayList<>(2);
    SessionReach own = SessionReach.NONE;
    SessionReach reach = SessionReach.NONE;
  }

  private record Function(Signature signature, FunctionBody body, Node node) {}

  private record Relation(String name, Node read, Node computed, Node written) {}

  /** What is no function, and called by no name. */
  private static final Signature EXPRESSION = new Signature("", "", 0, 0);

  private final Map<Long, Function> functions = new HashMap<>();
  private int expressions;
  private final Map<Long, Relation> relations = new HashMap<>();
  private final Map<String, Set<Long>> operators = new HashMap<>();
  private final Map<String, Set<Long>> casts = new HashMap<>();
  private final Set<Long> hidden = new HashSet<>();
  private final Set<Long> eventTriggers = new HashSet<>();
  private final TableGraph tables = new TableGraph();

  /** Calls whose functions may come later. */
  private final List<Call> calls = new ArrayList<>();

  private record Call(Node caller, long function) {}

  void function(long id, Signature signature, FunctionBody body) {
    functions.put(id, new Function(signature, body, nodeOf(id)));
  }

  private final Map<Long, Node> nodes = new HashMap<>();

  private Node nodeOf(long function) {
    return nodes.computeIfAbsent(function, first -> new Node());
  }

  /** A function calls another one by its identity. */
  void calls(long caller, long called) {
    calls.add(new Call(nodeOf(caller), called));
  }

  private Relation relation(long id, String name) {
    return relations.computeIfAbsent(
        id,
        first -> {
          Relation made = new Relation(name, new Node(), new Node(), new Node());
          made.written().runs.add(made.read());
          made.written().runs.add(made.computed());
          return made;
        });
  }

  /** A function runs when a relation is read. */
  void reading(long relation, String name, long function) {
    calls.add(new Call(relation(relation, name).read(), function));
    tables.codeWhenRead(name);
  }

  /** A function runs when rows of a relation are computed. */
  void computing(long relation, String name, long function) {
    calls.add(new Call(relation(relation, name).computed(), function));
    tables.codeWhenWritten(name);
  }

  /** A function runs when a relation is written. */
  void writing(long relation, String name, long function) {
    calls.add(new Call(relation(relation, name).written(), function));
    tables.codeWhenWritten(name);
  }

  /** Who reads the one reads the other. */
  void reads(long one, String name, long other, String otherName) {
    relation(one, name).read().runs.add(relation(other, otherName).read());
    tables.reads(name, otherName);
  }

  /** Who writes the one writes the other. */
  void writes(long one, String name, long other, String otherName) {
    relation(one, name).written().runs.add(relation(other, otherName).written());
    tables.writes(name, otherName);
  }

  /** The one is a view of the other; it may be written through it. */
  void isView(long one, String name, long other, String otherName) {
    reads(one, name, other, otherName);
    writes(one, name, other, otherName);
  }

  /** The rows of the other are also rows of the one. */
  void isParent(long one, String name, long other, String otherName) {
    isView(one, name, other, otherName);
    relation(one, name).computed().runs.add(relation(other, otherName).computed());
  }

  /**
   * An expression runs a function of the system that does something lasting.
   *
   * @param when with which code of the owner: {@code call}, {@code read}, {@code define}, {@code
   *     write}, or {@code hidden} in any statement
   * @param owner the function or relation that it is part of
   * @param name the name of the relation
   */
  void expression(String when, long owner, String name, FunctionBody body) {
    long id = -1L - expressions++;
    function(id, EXPRESSION, body);
    switch (when) {
      case "call" -> calls(owner, id);
      case "read" -> reading(owner, name, id);
      case "define" -> computing(owner, name, id);
      case "write" -> writing(owner, name, id);
      default -> hidden(id);
    }
  }

  void operator(String name, long function) {
    operators.computeIfAbsent(name, first -> new HashSet<>(1)).add(function);
  }

  void cast(String type, long function) {
    casts.computeIfAbsent(type, first -> new HashSet<>(1)).add(function);
  }

  /** A function may run in any statement. */
  void hidden(long function) {
    hidden.add(function);
  }

  void eventTrigger(long function) {
    eventTriggers.add(function);
  }

  /** Which tables are read and written with others. */
  TableGraph tables() {
    return tables;
  }

  /**
   * Returns the operators by which code may run that reads tables: {@link
   * io.baton.session.sql.AnalysedStatement#CAST} stands for casts. What an extension brings in C
   * reads none.
   */
  Set<String> operatorsWithCode() {
    Set<String> found = new HashSet<>();
    operators.forEach(
        (name, ids) -> {
          if (ids.stream().anyMatch(this::hasCode)) {
            found.add(name);
          }
        });
    return found;
  }

  /** Whether code may run in any statement that reads tables. */
  boolean hasHiddenCode() {
    return hidden.stream().anyMatch(this::hasCode);
  }

  private boolean hasCode(long function) {
    Function known = functions.get(function);
    return known == null || !known.body().equals(FunctionBody.EMPTY);
  }

  /**
   * Returns what everything may do to a session.
   *
   * @param unknown names of functions and relations that may mean something else by now
   */
  CodeReach reach(Set<String> unknown) {
    Resolution resolution = new Resolution(unknown);
    resolution.settle();
    return resolution.answer();
  }

  /** One calculation. Nodes are shared, so one at a time. */
  private final class Resolution {

    private final Map<String, List<Node>> functionsByName = new HashMap<>();
    private final Map<String, List<Relation>> relationsByName = new HashMap<>();
    private final List<Edges> all = new ArrayList<>();
    private final Set<String> unknown;

    /** Whatever runs unwritten in an expression: implicit casts, checks of domains. */
    private final Node unwritten = new Node();

    private final Node anyRead = new Node();
    private final Node anyWritten = new Node();

    private record Edges(Node node, List<Node> more) {}

    Resolution(Set<String> unknown) {
      this.unknown = unknown;
      functions.values().forEach(this::name);
      relations.values().forEach(this::name);
      functions.values().forEach(this::begin);
      relations.values().forEach(this::begin);
      List<Node> any = new ArrayList<>();
      hidden.forEach(id -> any.add(nodeOf(id)));
      for (String operator : CodeReach.USED_UNWRITTEN) {
        operators.getOrDefault(operator, Set.of()).forEach(id -> any.add(nodeOf(id)));
      }
      all.add(new Edges(unwritten, any));
      all.add(new Edges(anyRead, relations.values().stream().map(Relation::read).toList()));
      all.add(new Edges(anyWritten, relations.values().stream().map(Relation::written).toList()));
      for (Call call : calls) {
        all.add(new Edges(call.caller(), List.of(nodeOf(call.function()))));
      }
    }

    private void name(Function function) {
      functionsByName
          .computeIfAbsent(function.signature().name(), first -> new ArrayList<>(1))
          .add(function.node());
    }

    private void name(Relation relation) {
      relationsByName.computeIfAbsent(relation.name(), first -> new ArrayList<>(1)).add(relation);
    }

    private void begin(Function function) {
      FunctionBody body = function.body();
      Node node = function.node();
      node.own =
          unknown.contains(function.signature().name())
              ? SessionReach.ANYTHING
              : new SessionReach(
                  body.settings(),
                  body.localSettings(),
                  body.unnamedSettings(),
                  false,
                  named(body.written()),
                  body.anyRelation() || body.written().contains(FunctionBody.ANY),
                  body.locks(),
                  body.other());
      node.reach = node.own;
      List<Node> runs = new ArrayList<>();
      if (!body.equals(FunctionBody.EMPTY)) {
        runs.add(unwritten);
      }
      for (String call : body.calls()) {
        runs.addAll(functionsByName.getOrDefault(call, List.of()));
        if (unknown.contains(call)) {
          node.reach = SessionReach.ANYTHING;
        }
        for (long cast : casts.getOrDefault(call, Set.of())) {
          runs.add(nodeOf(cast));
        }
      }
      for (String operator : body.operators()) {
        operators.getOrDefault(operator, Set.of()).forEach(id -> runs.add(nodeOf(id)));
      }
      for (String name : body.names()) {
        if (name.equals(FunctionBody.ANY)) {
          runs.add(anyRead);
        }
        relationsByName.getOrDefault(name, List.of()).forEach(named -> runs.add(named.read()));
      }
      for (String name : body.written()) {
        if (name.equals(FunctionBody.ANY)) {
          runs.add(anyWritten);
        }
        relationsByName.getOrDefault(name, List.of()).forEach(named -> runs.add(named.written()));
      }
      all.add(new Edges(node, runs));
    }

    private static Set<String> named(Set<String> written) {
      Set<String> named = new HashSet<>(written);
      named.remove(FunctionBody.ANY);
      return named;
    }

    private void begin(Relation relation) {
      boolean isUnknown = unknown.contains(relation.name());
      for (Node node : List.of(relation.read(), relation.computed(), relation.written())) {
        node.own = isUnknown ? SessionReach.ANYTHING : SessionReach.NONE;
        node.reach = node.own;
        all.add(new Edges(node, List.of()));
      }
    }

    void settle() {
      boolean changed = true;
      while (changed) {
        changed = false;
        for (Edges edges : all) {
          Node node = edges.node();
          SessionReach before = node.reach;
          for (Node run : edges.more()) {
            node.reach = node.reach.union(run.reach);
          }
          for (Node run : node.runs) {
            node.reach = node.reach.union(run.reach);
          }
          changed |= !node.reach.equals(before);
        }
      }
    }

    /**
     * What a call in a statement may do. A name that it passes on is one that the statement has;
     * what other code passes is not known, nor what a default is.
     */
    private SessionReach whenCalled(Function function) {
      Node node = function.node();
      Signature signature = function.signature();
      return function.body().passesName()
              && signature.fewest() == signature.most()
              && !node.own.other()
              && !runsUnnamed(node)
          ? node.reach.passing()
          : node.reach;
    }

    /** Whether what it runs sets a setting that nobody can name. */
    private boolean runsUnnamed(Node node) {
      Stream<Node> run =
          Stream.concat(
              node.runs.stream(),
              all.stream()
                  .filter(edges -> edges.node() == node)
                  .flatMap(edges -> edges.more().stream()));
      return run.anyMatch(each -> each.reach.unnamedSettings());
    }

    CodeReach answer() {
      CodeReach answer = new CodeReach(unknown);
      for (Function function : functions.values()) {
        answer.function(function.signature(), whenCalled(function));
      }
      for (Relation relation : relations.values()) {
        answer.relation(
            relation.name(),
            relation.read().reach,
            relation.computed().reach,
            relation.written().reach);
      }
      operators.forEach((name, ids) -> ids.forEach(id -> answer.operator(name, nodeOf(id).reach)));
      casts.forEach(
          (name, ids) ->
              ids.forEach(id -> answer.function(new Signature("", name, 1, 1), nodeOf(id).reach)));
      hidden.forEach(id -> answer.hidden(nodeOf(id).reach));
      eventTriggers.forEach(id -> answer.eventTrigger(nodeOf(id).reach));
      for (Function function : functions.values()) {
        answer.customSettings(function.body().settings());
        answer.customSettings(function.body().localSettings());
      }
      return answer;
    }
  }
}

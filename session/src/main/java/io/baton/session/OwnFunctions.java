package io.baton.session;

import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.catalogue.SessionReach;
import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.FunctionBody;
import io.baton.session.sql.FunctionCall;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Functions that a session has defined itself, as their texts say. The catalogue is read now and
 * then: it does not show what was called and dropped in between, or replaced.
 *
 * <p>Immutable.
 */
final class OwnFunctions {

  static final OwnFunctions NONE = new OwnFunctions(Map.of(), false);

  private static final int MOST = 100;

  /** All definitions of a name, as it may have any arguments. */
  private final Map<String, List<FunctionBody>> bodies;

  /** Whether there are more than are kept: then whatever is called may be one of them. */
  private final boolean more;

  private OwnFunctions(Map<String, List<FunctionBody>> bodies, boolean more) {
    this.bodies = bodies;
    this.more = more;
  }

  boolean isNone() {
    return bodies.isEmpty();
  }

  /** The same with one more. */
  OwnFunctions with(String name, FunctionBody body) {
    if (bodies.size() >= MOST) {
      return more ? this : new OwnFunctions(bodies, true);
    }
    Map<String, List<FunctionBody>> grown = new HashMap<>(bodies);
    List<FunctionBody> all = new ArrayList<>(grown.getOrDefault(name, List.of()));
    if (!all.contains(body)) {
      all.add(body);
    }
    grown.put(name, List.copyOf(all));
    return new OwnFunctions(grown, false);
  }

  /** Those that a statement may call, and what these call. */
  OwnFunctions calledBy(AnalysedStatement statement) {
    return isNone() ? NONE : calledBy(names(statement));
  }

  private static Set<String> names(AnalysedStatement statement) {
    Set<String> names = new HashSet<>();
    statement.functions().forEach(call -> names.add(call.name()));
    return names;
  }

  /** Those of these names, and what they call. */
  OwnFunctions calledBy(Collection<String> names) {
    if (isNone()) {
      return NONE;
    }
    Map<String, List<FunctionBody>> called = new HashMap<>();
    List<String> left = new ArrayList<>(names);
    while (!left.isEmpty()) {
      String name = left.remove(left.size() - 1);
      List<FunctionBody> found = more ? List.of(FunctionBody.ANYTHING) : bodies.get(name);
      if (found != null && called.put(name, found) == null) {
        found.forEach(body -> left.addAll(body.calls()));
      }
    }
    return called.isEmpty() ? NONE : new OwnFunctions(called, false);
  }

  /** The same statement, as if it did not call those that the catalogue does not show. */
  AnalysedStatement withoutThoseThatAreGone(
      AnalysedStatement statement, FunctionCatalogue catalogue) {
    List<FunctionCall> others = new ArrayList<>(statement.functions());
    others.removeIf(call -> bodies.containsKey(call.name()) && !catalogue.mayShow(call.name()));
    return others.size() == statement.functions().size() ? statement : statement.calling(others);
  }

  /** What they may do. */
  SessionReach reach(FunctionCatalogue catalogue) {
    SessionReach reach = SessionReach.NONE;
    for (List<FunctionBody> all : bodies.values()) {
      for (FunctionBody body : all) {
        reach = reach.union(CodeBlock.reach(body, catalogue));
      }
    }
    return reach;
  }
}

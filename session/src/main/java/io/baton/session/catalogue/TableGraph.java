package io.baton.session.catalogue;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which tables are read with a relation, and which are written with it, by bare name, as the
 * catalogue shows it: views, rules and policies lead from one to the other, and so do parts and
 * parents, and foreign keys that delete or update.
 *
 * <p>Where code of the database runs on the way (a trigger, a function in a view, a default, a
 * constraint, an index), the answer is that it is not known.
 *
 * <p>Not thread-safe while it is filled; read-only afterwards.
 */
final class TableGraph {

  private final Map<String, Set<String>> reads = new HashMap<>();
  private final Map<String, Set<String>> writes = new HashMap<>();
  private final Set<String> codeWhenRead = new HashSet<>();
  private final Set<String> codeWhenWritten = new HashSet<>();

  /** Who reads the one reads the other. */
  void reads(String one, String other) {
    reads.computeIfAbsent(one, first -> new HashSet<>(2)).add(other);
  }

  /** Who writes the one writes the other. */
  void writes(String one, String other) {
    writes.computeIfAbsent(one, first -> new HashSet<>(2)).add(other);
  }

  /** Code runs when a relation is read. */
  void codeWhenRead(String relation) {
    codeWhenRead.add(relation);
  }

  /** Code runs when a relation is written. */
  void codeWhenWritten(String relation) {
    codeWhenWritten.add(relation);
  }

  /** Everything that is read with a relation, itself included; null if that is not known. */
  @Nullable Set<String> readWith(String relation) {
    Set<String> all = all(reads, relation);
    return meets(all, codeWhenRead) ? null : all;
  }

  /** Everything that is written with a relation, itself included; null if that is not known. */
  @Nullable Set<String> writtenWith(String relation) {
    Set<String> all = all(writes, relation);
    return meets(all, codeWhenWritten) || meets(all, codeWhenRead) ? null : all;
  }

  private static boolean meets(Set<String> some, Set<String> others) {
    for (String each : some) {
      if (others.contains(each)) {
        return true;
      }
    }
    return false;
  }

  private static Set<String> all(Map<String, Set<String>> edges, String from) {
    if (!edges.containsKey(from)) {
      return Set.of(from);
    }
    Set<String> found = new HashSet<>();
    Deque<String> open = new ArrayDeque<>();
    open.add(from);
    while (!open.isEmpty()) {
      String next = open.remove();
      if (found.add(next)) {
        open.addAll(edges.getOrDefault(next, Set.of()));
      }
    }
    return found;
  }
}

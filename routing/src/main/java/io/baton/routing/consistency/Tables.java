package io.baton.routing.consistency;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tables that something reads or writes, by bare name: two tables of one name in two schemas,
 * or in two databases, count as one. Immutable.
 *
 * @param all whether they are not known, so that any table counts
 * @param names their names, if they are known
 */
public record Tables(boolean all, Set<String> names) {

  /** Any table. */
  public static final Tables ALL = new Tables(true, Set.of());

  /** No table. */
  public static final Tables NONE = new Tables(false, Set.of());

  /** Copies the names. */
  public Tables {
    names = Set.copyOf(names);
  }

  /** Those of these names, or any if they are not known. */
  public static Tables of(@Nullable Set<String> known) {
    return known == null ? ALL : known.isEmpty() ? NONE : new Tables(false, known);
  }

  /** These and those. */
  public Tables and(Tables more) {
    if (more.all) {
      return ALL;
    }
    if (all || names.containsAll(more.names)) {
      return this;
    }
    Set<String> both = new HashSet<>(names);
    both.addAll(more.names);
    return new Tables(false, both);
  }
}

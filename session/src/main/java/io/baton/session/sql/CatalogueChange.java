package io.baton.session.sql;

import java.util.HashSet;
import java.util.Set;

/**
 * What a text changes in the catalogue, as far as code is concerned.
 *
 * <p>Immutable.
 *
 * @param everything whether the text does not tell what it changes
 * @param names names, each of which may mean other code afterwards
 * @param namesIfCalled names, each of which may if one of {@code calls}, or of {@code operators},
 *     is not the system's
 * @param calls functions that come to be called because of these
 * @param operators operators that come to be used because of these
 */
public record CatalogueChange(
    boolean everything,
    Set<String> names,
    Set<String> namesIfCalled,
    Set<String> calls,
    Set<String> operators) {

  /** Changes no code. */
  public static final CatalogueChange NOTHING =
      new CatalogueChange(false, Set.of(), Set.of(), Set.of(), Set.of());

  /** Changes what the text does not tell. */
  public static final CatalogueChange EVERYTHING =
      new CatalogueChange(true, Set.of(), Set.of(), Set.of(), Set.of());

  /** Copies the sets. */
  public CatalogueChange {
    names = Set.copyOf(names);
    namesIfCalled = Set.copyOf(namesIfCalled);
    calls = Set.copyOf(calls);
    operators = Set.copyOf(operators);
  }

  /** Changes what these names stand for. */
  static CatalogueChange of(Set<String> names) {
    return new CatalogueChange(false, names, Set.of(), Set.of(), Set.of());
  }

  /** Returns whether code comes to be run because of {@link #namesIfCalled}. */
  public boolean runsCode() {
    return !calls.isEmpty() || !operators.isEmpty();
  }

  /** Returns whether no code is changed. */
  public boolean isNothing() {
    return !everything && names.isEmpty() && !runsCode();
  }

  /** Returns both changes. */
  public CatalogueChange and(CatalogueChange that) {
    return new CatalogueChange(
        everything || that.everything,
        both(names, that.names),
        both(namesIfCalled, that.namesIfCalled),
        both(calls, that.calls),
        both(operators, that.operators));
  }

  private static Set<String> both(Set<String> one, Set<String> other) {
    Set<String> both = new HashSet<>(one);
    both.addAll(other);
    return both;
  }
}

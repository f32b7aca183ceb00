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
 * @param namesIfCalled names, each of which may if a function of {@code calls} is not the system's
 * @param calls functions that come to be called because of these
 */
public record CatalogueChange(
    boolean everything, Set<String> names, Set<String> namesIfCalled, Set<String> calls) {

  /** Changes no code. */
  public static final CatalogueChange NOTHING =
      new CatalogueChange(false, Set.of(), Set.of(), Set.of());

  /** Changes what the text does not tell. */
  public static final CatalogueChange EVERYTHING =
      new CatalogueChange(true, Set.of(), Set.of(), Set.of());

  /** Copies the sets. */
  public CatalogueChange {
    names = Set.copyOf(names);
    namesIfCalled = Set.copyOf(namesIfCalled);
    calls = Set.copyOf(calls);
  }

  /** Returns whether no code is changed. */
  public boolean isNothing() {
    return !everything && names.isEmpty() && namesIfCalled.isEmpty() && calls.isEmpty();
  }

  /** Returns both changes. */
  public CatalogueChange and(CatalogueChange that) {
    return new CatalogueChange(
        everything || that.everything,
        both(names, that.names),
        both(namesIfCalled, that.namesIfCalled),
        both(calls, that.calls));
  }

  private static Set<String> both(Set<String> one, Set<String> other) {
    Set<String> both = new HashSet<>(one);
    both.addAll(other);
    return both;
  }
}

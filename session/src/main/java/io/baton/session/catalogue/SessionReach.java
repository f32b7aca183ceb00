package io.baton.session.catalogue;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a statement may do to its session through code that its text does not show: functions,
 * triggers, views, rules, defaults, constraints.
 *
 * <p>Immutable.
 *
 * @param settings names of settings that the code sets, normalised
 * @param localSettings names of custom ones that it sets until the end of the transaction: a
 *     session that had not heard of them reads them as empty from then on
 * @param unnamedSettings whether it sets a setting whose name it builds
 * @param passedSettings whether it sets one whose name the statement gives it as an argument
 * @param relations bare names of relations that it writes, creates, alters or drops, which could be
 *     temporary ones of the session
 * @param anyRelation whether it may do so with relations whose names are not known, or creates
 *     temporary ones
 * @param locks whether it takes or frees advisory locks of the session
 * @param other whether it may do anything else that lasts in the session, or is not understood
 */
public record SessionReach(
    Set<String> settings,
    Set<String> localSettings,
    boolean unnamedSettings,
    boolean passedSettings,
    Set<String> relations,
    boolean anyRelation,
    boolean locks,
    boolean other) {

  /** Leaves the session alone. */
  public static final SessionReach NONE =
      new SessionReach(Set.of(), Set.of(), false, false, Set.of(), false, false, false);

  /** May do whatever can be done to a session. */
  public static final SessionReach ANYTHING =
      new SessionReach(Set.of(), Set.of(), true, true, Set.of(), true, true, true);

  /** Copies the sets. */
  public SessionReach {
    settings = Set.copyOf(settings);
    localSettings = Set.copyOf(localSettings);
    relations = Set.copyOf(relations);
  }

  // By hand: what Java makes of a record is linked when it is first used, which takes a young JVM
  // long.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SessionReach that
        && unnamedSettings == that.unnamedSettings
        && passedSettings == that.passedSettings
        && anyRelation == that.anyRelation
        && locks == that.locks
        && this.other == that.other
        && settings.equals(that.settings)
        && localSettings.equals(that.localSettings)
        && relations.equals(that.relations);
  }

  @Override
  public int hashCode() {
    return 31 * settings.hashCode() + relations.hashCode();
  }

  /** Returns whether it leaves the session alone. */
  public boolean isNone() {
    return !unnamedSettings
        && !passedSettings
        && !anyRelation
        && !locks
        && !other
        && settings.isEmpty()
        && localSettings.isEmpty()
        && relations.isEmpty();
  }

  /** Returns whether it may change more than rows and definitions of relations that are named. */
  public boolean changesMoreThanRelations() {
    return setsUnwritten() || anyRelation || locks || other || setsNamed();
  }

  /** Returns whether it sets a setting that its code does not name. */
  public boolean setsUnwritten() {
    return unnamedSettings || passedSettings;
  }

  /** Returns whether it sets a setting that its code names. */
  public boolean setsNamed() {
    return !settings.isEmpty() || !localSettings.isEmpty();
  }

  /** Returns the names of all settings that its code names. */
  public Set<String> namedSettings() {
    return localSettings.isEmpty() ? settings : both(settings, localSettings);
  }

  /**
   * Returns what it may do to a session that has heard of these custom settings: one of them that
   * is set until the end of the transaction is as it was from then on.
   */
  public SessionReach whereHeardOf(Set<String> names) {
    if (localSettings.isEmpty()) {
      return this;
    }
    Set<String> news = new HashSet<>(localSettings);
    news.removeAll(names);
    return news.size() == localSettings.size()
        ? this
        : new SessionReach(
            settings, news, unnamedSettings, passedSettings, relations, anyRelation, locks, other);
  }

  /** Returns the same, where the name of the setting is an argument of the statement's own. */
  SessionReach passing() {
    return new SessionReach(
        settings, localSettings, false, true, relations, anyRelation, locks, other);
  }

  /**
   * Returns the same for a call whose arguments are not seen: the name of the setting is not known.
   */
  public SessionReach notPassing() {
    return passedSettings
        ? new SessionReach(
            settings, localSettings, true, false, relations, anyRelation, locks, other)
        : this;
  }

  /** Returns what either of both may do. */
  public SessionReach union(SessionReach that) {
    if (covers(that)) {
      return this;
    }
    return that.covers(this)
        ? that
        : new SessionReach(
            both(settings, that.settings),
            both(localSettings, that.localSettings),
            unnamedSettings || that.unnamedSettings,
            passedSettings || that.passedSettings,
            both(relations, that.relations),
            anyRelation || that.anyRelation,
            locks || that.locks,
            other || that.other);
  }

  private boolean covers(SessionReach that) {
    return (unnamedSettings || !that.unnamedSettings)
        && (passedSettings || !that.passedSettings)
        && (anyRelation || !that.anyRelation)
        && (locks || !that.locks)
        && (other || !that.other)
        && settings.containsAll(that.settings)
        && localSettings.containsAll(that.localSettings)
        && relations.containsAll(that.relations);
  }

  private static Set<String> both(Set<String> one, Set<String> other) {
    Set<String> both = new HashSet<>(one);
    both.addAll(other);
    return both;
  }
}

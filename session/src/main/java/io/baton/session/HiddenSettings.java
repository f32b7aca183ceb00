package io.baton.session;

import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.catalogue.SessionReach;
import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.FunctionBody;
import io.baton.session.sql.SettingNames;
import io.baton.session.sql.StatementAnalysis;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The settings that code of one session may have set where no text shows it: the names that it can
 * be asked for, and whether there may be others.
 *
 * <p>Confined to its tracker.
 */
final class HiddenSettings {

  /** Rows of constants, with nothing else to read from. */
  private static final Pattern LISTED =
      Pattern.compile("\\bfrom\\s*\\(\\s*values\\b", Pattern.CASE_INSENSITIVE);

  private static final Pattern FROM =
      Pattern.compile("\\b(?:from|join)\\b|\\|\\|", Pattern.CASE_INSENSITIVE);

  private static final Pattern ON_COMMIT =
      Pattern.compile("\\bon\\s+commit\\b", Pattern.CASE_INSENSITIVE);

  private static final int MOST_PARAMETERS = 100;

  private static final int MOST_UNJUDGED = 100;

  private static final Owed NOTHING_OWED = new Owed(Set.of(), false, List.of());

  private final FunctionCatalogue catalogue;
  private final OwnSettingNames met;
  private final Set<String> followed;
  private final Set<String> names = new LinkedHashSet<>(0);

  /** The names that the server was asked for when everything was, while something is unjudged. */
  private Set<String> askedFor = Set.of();

  /**
   * Settings that code has set since the server was asked, of which nothing but the value hides.
   */
  private final Set<String> set = new TreeSet<>();

  /**
   * What ran of which it is not known what it may do.
   *
   * @param body its own code, of a block; else null
   * @param defined the functions that it may have called and that the session had defined
   * @param at when it was over, by the clock of the catalogue
   * @param undone whether its transaction was rolled back since; locks are kept all the same
   */
  private record Unjudged(
      AnalysedStatement statement,
      @Nullable FunctionBody body,
      OwnFunctions defined,
      long at,
      boolean undone) {

    Unjudged rolledBack() {
      return new Unjudged(statement, body, defined, at, true);
    }

    /**
     * What it may do.
     *
     * @param isFinal whether the catalogue has been read since it ran
     */
    SessionReach reach(FunctionCatalogue catalogue, boolean isFinal) {
      SessionReach reach =
          body == null ? catalogue.reach(statement) : CodeBlock.reach(body, catalogue);
      if (reach.other() && isFinal && body == null) {
        reach = catalogue.reach(defined.withoutThoseThatAreGone(statement, catalogue));
      }
      return reach.union(defined.reach(catalogue));
    }
  }

  private final List<Unjudged> unjudged = new ArrayList<>(0);

  /** The functions that the session has defined since the catalogue was read. */
  private OwnFunctions defined = OwnFunctions.NONE;

  /** When it has defined the last of them. */
  private long definedAt;

  /** When the catalogue had been read by which it was tried to judge them. */
  private long lookedAt;

  /** What was unjudged when the open transaction began. */
  private List<Unjudged> unjudgedBefore = List.of();

  /** What was unjudged in runs of it that were followed by a replay. */
  private final List<Unjudged> unjudgedInIt = new ArrayList<>(0);

  /** What was to be asked for when it began. */
  private Set<String> setBefore = Set.of();

  /** Whether there was a doubt when it began. */
  private boolean doubtBefore;

  /** Whether the server was not asked since something ran that is unjudged. */
  private boolean doubt;

  private boolean hidesOnCommit;

  /** Whether a name was built that nobody can list. */
  private boolean unnamed;

  /** Whether code has seeded the generator of random numbers. */
  private boolean seeded;

  /** Whether something that was unjudged turned out to take or free locks. */
  private boolean locks;

  HiddenSettings(FunctionCatalogue catalogue, OwnSettingNames met, Set<String> followed) {
    this.catalogue = catalogue;
    this.met = met;
    this.followed = followed;
  }

  /** Takes names of settings of one's own that have come up. */
  void meet(Collection<String> found) {
    if (names.addAll(found)) {
      met.met(found);
    }
  }

  /** Takes the names that a text and its parameters could mean, since code runs that sets some. */
  void meetAllIn(StatementAnalysis analysis, ParameterValues parameters) {
    meet(OwnSettingNames.in(analysis.text()));
    for (int i = 1; i <= MOST_PARAMETERS; i++) {
      ParameterValues.Value value = parameters.value(i);
      if (!value.known()) {
        break;
      }
      String text = value.text();
      if (text != null) {
        meet(OwnSettingNames.in(text));
      }
    }
    hidesOnCommit |= ON_COMMIT.matcher(analysis.text()).find();
  }

  /**
   * The session defines a function. It may call it and drop it, before the catalogue is read.
   *
   * @param definition its CREATE
   */
  void defined(String name, String definition) {
    if (!defined.isNone() && catalogue.settledSince(definedAt) != null) {
      defined = OwnFunctions.NONE;
    }
    FunctionBody body = FunctionBody.ofDefinition(definition);
    meet(OwnSettingNames.in(definition));
    defined = defined.with(name, body);
    definedAt = catalogue.missed();
  }

  /** A text sets a setting whose name it does not show. */
  void nameIsHidden(StatementAnalysis analysis, ParameterValues parameters) {
    meetAllIn(analysis, parameters);
    String text = analysis.text();
    boolean isListed = LISTED.matcher(text).find() && FROM.matcher(text).results().count() == 1;
    if (!isListed) {
      nameIsBuilt();
    }
  }

  private void nameIsBuilt() {
    unnamed |= followed.isEmpty();
  }

  /**
   * Code ran that may have set something.
   *
   * @param body the code of a block; null if it is none
   * @return whether it is noted here what has to be asked for because of it
   */
  boolean ran(
      StatementAnalysis analysis,
      AnalysedStatement statement,
      @Nullable FunctionBody body,
      ParameterValues parameters,
      SessionReach reach) {
    Set<String> named = withoutSeed(reach.namedSettings());
    meet(named);
    boolean isKnown =
        !reach.setsUnwritten() && !reach.other() && !reach.locks() && !isOfRole(reach.settings());
    if (isKnown) {
      set.addAll(named);
      return true;
    }
    meetAllIn(analysis, parameters);
    if (!reach.other()) {
      if (reach.unnamedSettings()
          || (reach.passedSettings() && !PlainArguments.are(analysis, statement, parameters))) {
        nameIsBuilt();
      }
    } else if (unjudged.size() >= MOST_UNJUDGED) {
      nameIsBuilt();
    } else {
      doubt = true;
      unjudged.removeIf(
          one -> one.statement().equals(statement) && Objects.equals(one.body(), body));
      OwnFunctions called =
          body == null ? defined.calledBy(statement) : defined.calledBy(body.calls());
      unjudged.add(new Unjudged(statement, body, called, catalogue.missed(), false));
      return true;
    }
    return false;
  }

  /** Nothing of the seed can be asked for. */
  private Set<String> withoutSeed(Set<String> settings) {
    if (!settings.contains(SettingNames.SEED)) {
      return settings;
    }
    seeded = true;
    Set<String> others = new LinkedHashSet<>(settings);
    others.remove(SettingNames.SEED);
    return others;
  }

  /** Returns whether code has seeded the generator of random numbers, and forgets it. */
  boolean takeSeeded() {
    boolean was = seeded;
    seeded = false;
    return was;
  }

  private static boolean isOfRole(Set<String> settings) {
    return settings.contains(SettingNames.ROLE)
        || settings.contains(SettingNames.SESSION_AUTHORIZATION);
  }

  /** Returns whether a name was built that nobody can list, and forgets it. */
  boolean takeUnnamed() {
    boolean was = unnamed;
    unnamed = false;
    return was;
  }

  /** Returns whether code that was unjudged took or freed locks, and forgets it. */
  boolean takeLocks() {
    boolean was = locks;
    locks = false;
    return was;
  }

  boolean hasUnjudged() {
    return !unjudged.isEmpty();
  }

  /**
   * Whether something is unjudged, and the catalogue was read since it was last looked at. If it
   * was not read since the last of it ran, it is read soon.
   */
  boolean mayBeJudged() {
    if (unjudged.isEmpty()) {
      return false;
    }
    long takenAt = catalogue.takenAt();
    if (takenAt - unjudged.get(unjudged.size() - 1).at() < 0) {
      catalogue.missed();
    }
    return takenAt != lookedAt;
  }

  /** A transaction begins. */
  void begun() {
    unjudgedBefore = unjudged.isEmpty() ? List.of() : List.copyOf(unjudged);
    setBefore = set.isEmpty() ? Set.of() : Set.copyOf(set);
    doubtBefore = doubt;
  }

  /** No transaction is open. */
  void over() {
    unjudgedInIt.clear();
  }

  /**
   * What the server has not been asked for yet.
   *
   * @param settings the names of those that are all, unless there is a doubt
   */
  record Owed(Set<String> settings, boolean doubt, List<Unjudged> unjudged) {

    boolean isNothing() {
      return settings.isEmpty() && !doubt && unjudged.isEmpty();
    }
  }

  /** What the server has not been asked for yet. */
  Owed owed() {
    return set.isEmpty() && !doubt && unjudged.isEmpty()
        ? NOTHING_OWED
        : new Owed(Set.copyOf(set), doubt, List.copyOf(unjudged));
  }

  /**
   * Whether the server need not be asked after all, by the catalogue as it is now.
   *
   * @param heardOf the custom settings that the session has heard of
   */
  boolean isHarmless(Owed owed, Set<String> heardOf) {
    return owed.settings().isEmpty()
        && (!owed.doubt() || !owed.unjudged().isEmpty())
        && owed.unjudged().stream()
            .map(one -> one.reach(catalogue, true).whereHeardOf(heardOf))
            .noneMatch(SessionReach::changesMoreThanRelations);
  }

  /**
   * The transaction is committed, and nobody was asked since.
   *
   * @param owed what was owed when its connection was lost
   */
  void committed(Owed owed) {
    set.clear();
    set.addAll(owed.settings());
    doubt = owed.doubt();
    unjudged.clear();
    unjudged.addAll(owed.unjudged());
    over();
  }

  /** The transaction was rolled back, and its backend is gone. */
  void rolledBack() {
    set.clear();
    set.addAll(setBefore);
    doubt = doubtBefore;
    // One that ran again in the transaction has taken the place of that which ran before it.
    unjudged.removeAll(unjudgedBefore);
    unjudged.addAll(unjudgedInIt);
    unjudged.replaceAll(Unjudged::rolledBack);
    unjudged.addAll(unjudgedBefore);
    over();
  }

  /** The transaction is replayed: what ran in it runs again. */
  void begunAgain() {
    unjudged.removeAll(unjudgedBefore);
    unjudgedInIt.addAll(unjudged);
    unjudged.clear();
    unjudged.addAll(unjudgedBefore);
    set.clear();
    doubt = false;
  }

  /** Whether the server has to be asked because of something unjudged. */
  boolean isInDoubt() {
    return doubt;
  }

  /**
   * Judges the statements of which nothing was known, if the catalogue has been read since: what it
   * does not show then may be anything.
   *
   * @param isLast whether it has been read since they all ran
   * @param heardOf the custom settings that the session has heard of
   * @return whether one of them may have done what the server was not asked for, such as a setting
   *     whose name had not come up
   */
  boolean judge(boolean isLast, Set<String> heardOf) {
    boolean owes = false;
    lookedAt = catalogue.takenAt();
    for (Iterator<Unjudged> left = unjudged.iterator(); left.hasNext(); ) {
      Unjudged one = left.next();
      Object settled = isLast ? null : catalogue.settledSince(one.at());
      boolean isSettled = isLast || settled != null;
      SessionReach reach = one.reach(catalogue, isSettled).whereHeardOf(heardOf);
      boolean isFinal =
          isLast || (settled != null && settled.equals(catalogue.settledSince(one.at())));
      if (isFinal || !reach.other()) {
        left.remove();
        boolean isLocking = reach.locks() || reach.other();
        owes |= one.undone() ? isLocking : isFinal && doubt && reach.changesMoreThanRelations();
        Set<String> own = ownOf(reach.namedSettings());
        owes |= !one.undone() && !askedFor.containsAll(own);
        meet(own);
        if (reach.setsUnwritten() && !one.undone()) {
          nameIsBuilt();
        }
        locks |= isLocking;
        seeded |= reach.settings().contains(SettingNames.SEED);
      }
    }
    doubt &= !isLast;
    return owes;
  }

  /** Those of one's own: of the others, the server tells all whenever it is asked. */
  private static Set<String> ownOf(Set<String> settings) {
    Set<String> own = new LinkedHashSet<>(0);
    for (String name : settings) {
      if (SettingNames.isCustom(name)) {
        own.add(name);
      }
    }
    return own;
  }

  /** Whether code that the text does not show may have created tables with ON COMMIT. */
  boolean hidesOnCommit() {
    return hidesOnCommit;
  }

  /** The settings to be asked for because code has set them. */
  Set<String> set() {
    return set;
  }

  /** The server has been asked for what was to be asked. */
  void asked() {
    set.clear();
    doubt = false;
  }

  /** The server is asked for everything, and for these names of one's own. */
  void asking(Set<String> custom) {
    askedFor = unjudged.isEmpty() ? Set.of() : custom;
  }

  /** The names of one's own to be asked for when everything is. */
  Set<String> names() {
    Set<String> all = new LinkedHashSet<>(names);
    all.addAll(followed);
    all.addAll(met.names());
    all.addAll(catalogue.customSettings());
    return all;
  }
}

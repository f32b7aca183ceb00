package io.baton.session;

import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.catalogue.SessionReach;
import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.CatalogueChange;
import io.baton.session.sql.CommandKind;
import io.baton.session.sql.Effect;
import io.baton.session.sql.FunctionBody;
import io.baton.session.sql.FunctionCall;
import io.baton.session.sql.SettingNames;
import io.baton.session.sql.StatementAnalysis;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tracks what the statements of one session do to its state.
 *
 * <p>State is kept in frames: one as of the beginning of the open transaction, one for each
 * savepoint. A {@link SessionState} is immutable, so a frame is a reference. A commit drops the
 * frames; a rollback returns to one of them. What PostgreSQL does not roll back (PREPARE,
 * session-level advisory locks, LOAD, setseed) is kept. SET LOCAL is not tracked: it has no effect
 * after its transaction but that names have been heard of, and a replay runs it again. LISTEN takes
 * effect at commit, so it is part of the state that would be committed.
 *
 * <p>It does no I/O: the owner of the connection reports each call with the transaction status that
 * the server gave afterwards, and runs a {@link ReadBack} when {@link #needsReadBack()} says so.
 * Not thread-safe: it is confined to the thread, or the lock, of its session.
 */
public final class SessionTracker {

  /** The state as of the beginning of a transaction or a savepoint, and what was set locally. */
  private record Frame(
      @Nullable String savepoint, SessionState state, Map<String, @Nullable String> locals) {}

  private final FunctionCatalogue catalogue;
  private final HiddenSettings hidden;
  private final List<Frame> frames = new ArrayList<>(4);
  private TransactionStatus status = TransactionStatus.IDLE;
  private SessionState state = SessionState.FRESH;
  private Map<String, @Nullable String> locals = new LinkedHashMap<>(0);
  private LockChanges locks = new LockChanges();
  private @Nullable Baseline baseline;

  /** Whether a statement had an effect on the session that only the server knows. */
  private boolean unsure;

  /** Whether it is likely that the session has something temporary: it had something once. */
  private boolean hadTemporaries;

  /** Whether the open transaction changed definitions. */
  private CatalogueChange redefined = CatalogueChange.NOTHING;

  /** Creates a tracker of a session that has just begun. */
  public SessionTracker(FunctionCatalogue catalogue) {
    this(catalogue, new OwnSettingNames(), Set.of());
  }

  /**
   * Creates a tracker of a session that has just begun.
   *
   * @param met the names of settings of one's own that other sessions have come across
   * @param followed those that the application names ({@code baton.settings}): if it names any,
   *     code that builds names is taken to build these only
   */
  public SessionTracker(FunctionCatalogue catalogue, OwnSettingNames met, Set<String> followed) {
    this.catalogue = catalogue;
    this.hidden = new HiddenSettings(catalogue, met, followed);
  }

  /** Takes what the session took over when it began. */
  public void began(Baseline taken) {
    baseline = taken;
  }

  /** Returns what the session took over when it began; null if that was not asked. */
  public @Nullable Baseline baseline() {
    return baseline;
  }

  /** Returns what the session is: outside of a transaction, all of it. */
  public SessionSnapshot snapshot() {
    return new SessionSnapshot(baseline, state);
  }

  /**
   * Takes over another session as this one, which has just begun: it is this from now on.
   *
   * @param taken the session, of which it is known what it began with
   */
  public void resume(SessionSnapshot taken) {
    baseline = taken.began();
    state = taken.state();
    hadTemporaries = !state.temporaries().isEmpty();
    Set<String> names = new LinkedHashSet<>(state.ownNames());
    state.settings().keySet().stream().filter(SettingNames::isCustom).forEach(names::add);
    hidden.meet(names);
  }

  /** Reports that a text of SQL ran to its end with these parameters. */
  public void succeeded(
      StatementAnalysis analysis, ParameterValues parameters, TransactionStatus after) {
    TransactionStatus before = status;
    status = after;
    List<AnalysedStatement> statements = analysis.statements();
    // Statements that are sent together run in one transaction, up to what ends it.
    boolean together = statements.size() > 1 && analysis.isTransactionControl();
    if (before == TransactionStatus.IDLE && (together || after != TransactionStatus.IDLE)) {
      begin();
    }
    for (int i = 0; i < statements.size(); i++) {
      if (together && frames.isEmpty()) {
        begin();
      }
      ran(analysis, i, parameters, before);
    }
    if (after == TransactionStatus.IDLE && !frames.isEmpty()) {
      frames.clear();
      // Of a single text, it does not show what ended it: a procedure, or one not recognised.
      unsure |= !together;
    }
    if (after == TransactionStatus.IDLE) {
      state = TemporaryRelations.committed(state);
      forgetLocals();
    }
    if (analysis.changesCatalogue() || (redefines() && after == TransactionStatus.IDLE)) {
      redefine(analysis, after != TransactionStatus.IDLE);
    }
  }

  /** A statement of a text ran. */
  private void ran(
      StatementAnalysis analysis, int index, ParameterValues parameters, TransactionStatus before) {
    AnalysedStatement statement = analysis.statements().get(index);
    if (!statement.effects().isEmpty()) {
      noteNames(analysis, statement, parameters);
      apply(analysis, statement, parameters, before);
    }
    FunctionBody body = bodyOfBlock(analysis, statement);
    if (body != null) {
      ended(analysis, statement, body, parameters, CodeBlock.reach(body, catalogue));
    } else if (TemporaryCode.isCalledBy(statement, state)) {
      endedWithOwnCode(analysis, statement, parameters);
    } else {
      ended(analysis, statement, null, parameters, catalogue.reach(analysis, index));
    }
  }

  private void endedWithOwnCode(
      StatementAnalysis analysis, AnalysedStatement statement, ParameterValues parameters) {
    AnalysedStatement others = TemporaryCode.without(statement, state);
    SessionReach own = TemporaryCode.reach(statement, state, catalogue);
    ended(analysis, others, null, parameters, own.union(catalogue.reach(others)));
  }

  /** The body of a prepared statement ran. */
  private void ran(
      StatementAnalysis analysis,
      AnalysedStatement body,
      ParameterValues parameters,
      TransactionStatus before) {
    noteNames(analysis, body, parameters);
    apply(analysis, body, parameters, before);
    endedWithOwnCode(analysis, body, parameters);
  }

  private void ended(
      StatementAnalysis analysis,
      AnalysedStatement statement,
      @Nullable FunctionBody block,
      ParameterValues parameters,
      SessionReach reach) {
    if (!reach.isNone()) {
      reached(analysis, statement, block, parameters, reach);
    }
    if (!state.temporaries().isEmpty() && !statement.readCandidate()) {
      state = TemporaryRelations.written(state, statement);
    }
    if (isElsewhere(statement)) {
      unsure = true;
    }
  }

  /** The code of a block (DO); null if it is none. */
  private static @Nullable FunctionBody bodyOfBlock(
      StatementAnalysis analysis, AnalysedStatement block) {
    return block.kind() == CommandKind.DO
        ? FunctionBody.ofBlock(analysis.text().substring(block.start(), block.end()))
        : null;
  }

  /** Code ran that the text does not show. */
  private void reached(
      StatementAnalysis analysis,
      AnalysedStatement statement,
      @Nullable FunctionBody block,
      ParameterValues parameters,
      SessionReach reach) {
    boolean touches =
        reach.anyRelation()
            || (!state.temporaries().isEmpty()
                && (reach.relations().contains(FunctionBody.SEQUENCES)
                    || !Collections.disjoint(state.temporaries().keySet(), reach.relations())));
    boolean sets = reach.setsUnwritten() || !reach.settings().isEmpty();
    boolean isNoted = true;
    if (sets || reach.other()) {
      isNoted = hidden.ran(analysis, statement, block, parameters, reach);
      unsure |= !isNoted;
      noteUnnamed();
    }
    if (reach.other() ? !isNoted : reach.locks()) {
      locks.unclear(); // Else it is, once it is judged so.
    }
    if (touches || reach.other()) {
      state = TemporaryRelations.filled(state);
    }
    unsure |= !reach.other() && (touches || reach.locks());
  }

  private void noteUnnamed() {
    if (hidden.takeUnnamed() && !state.unnamed()) {
      state = state.draft().with(draft -> draft.unnamed = true).finish();
    }
  }

  /**
   * Returns whether statements ran of which it is not known what their code may do to the session:
   * the catalogue of the database was not read yet, or is older than the code.
   */
  public boolean hasUnjudged() {
    if (hidden.hasUnjudged()) {
      judge(false);
    }
    return hidden.hasUnjudged();
  }

  /**
   * Judges them by the catalogue as it has been read now: what it does not show may be anything.
   */
  public void judge() {
    judge(true);
  }

  private void judge(boolean isLast) {
    boolean isAsked = !hidden.isInDoubt();
    unsure |= hidden.judge(isLast);
    noteUnnamed();
    if (hidden.takeLocks()) {
      if (isAsked) {
        // The server has said since which are held, but not how often.
        state = state.draft().with(draft -> draft.locks.replaceAll((lock, known) -> 0)).finish();
      } else {
        locks.unclear();
        unsure = true;
      }
    }
  }

  /** Whether it leaves behind what exists on that server only. */
  private boolean isElsewhere(AnalysedStatement statement) {
    List<FunctionCall> calls = statement.functions();
    for (int i = 0; i < calls.size(); i++) {
      String name = calls.get(i).name();
      if (name.startsWith("dblink_connect")) {
        state = state.draft().with(draft -> draft.elsewhere.add("a connection of dblink")).finish();
      } else if (name.startsWith("pg_create_") || name.startsWith("pg_copy_")) {
        return true;
      }
    }
    return false;
  }

  private boolean redefines() {
    return !redefined.equals(CatalogueChange.NOTHING);
  }

  /** Reports definitions, again at the end: until the commit, others read what was before. */
  private void redefine(StatementAnalysis analysis, boolean open) {
    CatalogueChange change = redefined;
    if (analysis.changesCatalogue()) {
      change = change.and(analysis.catalogueChange());
    }
    boolean matters = catalogue.changed(change, open);
    redefined = matters && open ? change : CatalogueChange.NOTHING;
  }

  /**
   * Reports that a text of SQL failed on the server, and that the connection still works.
   *
   * @param unread whether the server refused it when it read it; of a single statement, nothing ran
   */
  public void failed(StatementAnalysis analysis, TransactionStatus after, boolean unread) {
    TransactionStatus before = status;
    status = after;
    if (before == TransactionStatus.IDLE && after != TransactionStatus.IDLE) {
      begin();
    }
    if (after == TransactionStatus.IDLE && before != TransactionStatus.IDLE) {
      rolledBack(); // A COMMIT that failed, or one in a failed transaction.
    }
    if (after == TransactionStatus.IDLE) {
      forgetLocals();
    }
    if (before == TransactionStatus.FAILED && after == before && !analysis.isTransactionControl()) {
      return; // Nothing runs in a failed transaction.
    }
    if (unread && analysis.statements().size() == 1) {
      return;
    }
    if (analysis.statements().size() > 1 && !analysis.isEffectFree()) {
      unsure = true; // It is not known which of them ran.
    }
    for (AnalysedStatement statement : analysis.statements()) {
      mayHaveRun(analysis, statement);
    }
  }

  /** Some effects stay although the statement failed: locks, commits inside, names of settings. */
  private void mayHaveRun(StatementAnalysis analysis, AnalysedStatement statement) {
    for (Effect effect : statement.effects()) {
      if (effect instanceof Effect.AdvisoryLock) {
        locks.unclear();
        unsure = true;
      } else if ((effect instanceof Effect.RunHiddenCode && !isJudged(statement))
          || effect instanceof Effect.Execute) {
        hidden.meetAllIn(analysis, ParameterValues.UNKNOWN);
        state = TemporaryRelations.filled(state);
        unsure = true;
      } else if (effect instanceof Effect.CallSetConfig || isOwn(effect)) {
        noteNames(analysis, statement, ParameterValues.UNKNOWN);
        unsure = true;
      } else if (effect instanceof Effect.SeedRandom) {
        state =
            SessionEffects.apply(effect, state, context(statement, ParameterValues.UNKNOWN))
                .state();
      }
    }
    FunctionBody body = bodyOfBlock(analysis, statement);
    SessionReach reach =
        body == null ? catalogue.reach(statement) : CodeBlock.reach(body, catalogue);
    if (!reach.isNone()) {
      reached(analysis, statement, body, ParameterValues.UNKNOWN, reach);
    }
  }

  private static boolean isOwn(Effect effect) {
    return effect instanceof Effect.SetSetting set && SettingNames.isCustom(set.name());
  }

  /** The rows of what is temporary may have been changed where no call is seen. */
  public void touchedOutOfSight() {
    state = TemporaryRelations.filled(state);
  }

  /** What is set once may be set again by hidden code, and cannot be found but by its name. */
  private void noteNames(
      StatementAnalysis analysis, AnalysedStatement statement, ParameterValues parameters) {
    for (Effect effect : statement.effects()) {
      if (effect instanceof Effect.RunHiddenCode) {
        if (!isJudged(statement)) {
          locks.unclear();
          hidden.meetAllIn(analysis, parameters);
        }
      } else if (SessionEffects.hidesName(effect, parameters)) {
        hidden.nameIsHidden(analysis, parameters);
        noteUnnamed();
      } else {
        String name = SessionEffects.nameOfSetting(effect, parameters);
        if (name != null && SettingNames.isCustom(name)) {
          hidden.meet(Set.of(name));
        }
      }
    }
  }

  /** Whether the source of the code that it runs is judged. */
  private static boolean isJudged(AnalysedStatement statement) {
    return statement.kind() == CommandKind.CALL || statement.kind() == CommandKind.DO;
  }

  private SessionEffects.Context context(AnalysedStatement statement, ParameterValues parameters) {
    return new SessionEffects.Context(statement, parameters, locals, locks, firstPath());
  }

  private @Nullable String firstPath() {
    Baseline.Value first =
        baseline == null ? null : baseline.settings().get(SettingNames.SEARCH_PATH);
    return first == null ? null : first.text();
  }

  private void forgetLocals() {
    if (!locals.isEmpty()) {
      locals = new LinkedHashMap<>(0);
    }
  }

  private void begin() {
    frames.clear();
    forgetLocals();
    hidden.begun();
    frames.add(new Frame(null, state, Map.of()));
  }

  /**
   * The states that an open transaction can end in after its connection is lost.
   *
   * @param begun the state as of its beginning, exactly: a replay does again what no rollback
   *     undoes
   * @param rolledBack the state if it is rolled back
   * @param committed the state if it turns out to be committed
   * @param unsure whether it did something whose effect on the session only the server knew
   */
  public record Crossroads(
      SessionState begun, SessionState rolledBack, SessionState committed, boolean unsure) {}

  /** Returns the states that the open transaction can end in. */
  public Crossroads crossroads() {
    SessionState begun = stateAtBegin();
    boolean open = !frames.isEmpty();
    return new Crossroads(
        begun,
        open ? undone(begun) : state,
        open ? TemporaryRelations.committed(state) : state,
        unsure);
  }

  /** Reports that the transaction is going to be replayed. */
  public void begunAgain(Crossroads ways) {
    stand(ways.begun(), false);
    hidden.begunAgain();
  }

  /** Reports that the transaction is not committed, and not replayed. */
  public void rolledBack(Crossroads ways) {
    stand(ways.rolledBack(), ways.unsure());
  }

  /** Reports that the transaction is committed. */
  public void committed(Crossroads ways) {
    stand(ways.committed(), ways.unsure());
  }

  private void stand(SessionState newState, boolean newUnsure) {
    frames.clear();
    forgetLocals();
    locks = new LockChanges();
    state = newState;
    unsure = newUnsure;
    status = TransactionStatus.IDLE;
  }

  private void committed() {
    if (!frames.isEmpty()) {
      state = TemporaryRelations.committed(state);
      frames.clear();
    }
  }

  private void rolledBack() {
    if (!frames.isEmpty()) {
      state = undone(frames.get(0).state());
      frames.clear();
    }
  }

  /** Returns an earlier state, with what no rollback undoes. */
  private SessionState undone(SessionState earlier) {
    return earlier.equals(state) ? state : earlier.draft().keeping(state).finish();
  }

  private void apply(
      StatementAnalysis analysis,
      AnalysedStatement statement,
      ParameterValues parameters,
      TransactionStatus before) {
    for (Effect effect : statement.effects()) {
      if (effect instanceof Effect.Begin) {
        if (frames.isEmpty()) {
          begin();
        }
      } else if (effect instanceof Effect.Commit commit) {
        end(before != TransactionStatus.FAILED, commit.chain());
      } else if (effect instanceof Effect.Rollback rollback) {
        end(false, rollback.chain());
      } else if (effect instanceof Effect.Savepoint savepoint) {
        frames.add(new Frame(savepoint.name(), state, new LinkedHashMap<>(locals)));
      } else if (effect instanceof Effect.Release release) {
        forgetFrom(release.name());
      } else if (effect instanceof Effect.RollbackTo target) {
        rollBackTo(target.name());
      } else if (effect instanceof Effect.PrepareTransaction) {
        end(true, false);
      } else if (effect instanceof Effect.Execute execute) {
        executed(analysis, execute, before);
      } else if (!(effect instanceof Effect.RunHiddenCode && isJudged(statement))) {
        SessionEffects.Outcome outcome =
            SessionEffects.apply(effect, state, context(statement, parameters));
        state = withoutDefaults(outcome.state());
        unsure |= outcome.unsure();
      }
    }
  }

  /** What a prepared statement does, it does when it is executed. */
  private void executed(
      StatementAnalysis analysis, Effect.Execute execute, TransactionStatus before) {
    SessionState.Prepared prepared = state.prepared().get(execute.name());
    AnalysedStatement body = prepared == null ? null : prepared.body();
    if (body == null) {
      hidden.meetAllIn(analysis, ParameterValues.UNKNOWN);
      locks.unclear();
      state = TemporaryRelations.filled(state);
      unsure = true;
    } else {
      ran(analysis, body, new ExecuteArguments(execute.arguments()), before);
    }
  }

  /** A role that is set is none if a new connection has it. */
  private SessionState withoutDefaults(SessionState given) {
    return given.role() != null && given.role().equals(defaultRole()) && baseline != null
        ? given.draft().with(draft -> draft.role = null).finish()
        : given;
  }

  private String defaultRole() {
    return baseline == null ? "none" : baseline.role();
  }

  private void end(boolean commit, boolean chain) {
    if (commit) {
      committed();
    } else {
      rolledBack();
    }
    if (chain && status != TransactionStatus.IDLE) {
      begin();
    }
  }

  private int indexOf(String savepoint) {
    for (int i = frames.size() - 1; i >= 0; i--) {
      if (savepoint.equals(frames.get(i).savepoint())) {
        return i;
      }
    }
    return -1;
  }

  private void forgetFrom(String savepoint) {
    int index = indexOf(savepoint);
    if (index >= 0) {
      frames.subList(index, frames.size()).clear();
    }
  }

  private void rollBackTo(String savepoint) {
    int index = indexOf(savepoint);
    if (index >= 0) {
      state = undone(frames.get(index).state());
      locals = new LinkedHashMap<>(frames.get(index).locals());
      frames.subList(index + 1, frames.size()).clear();
    }
  }

  /** Returns the transaction status after the last call that was reported. */
  public TransactionStatus status() {
    return status;
  }

  /**
   * Returns the state that the session would have if its open transaction were committed now;
   * outside a transaction, its state.
   */
  public SessionState state() {
    return state;
  }

  /**
   * Returns the state as of the beginning of the open transaction; outside a transaction, the
   * state.
   */
  public SessionState stateAtBegin() {
    return frames.isEmpty() ? state : frames.get(0).state();
  }

  /**
   * Returns whether the session may have changed in a way that only the server knows. Never true
   * inside a transaction: a replay repeats all that the transaction did.
   */
  public boolean needsReadBack() {
    return (unsure || hidden.isInDoubt() || !hidden.set().isEmpty())
        && status == TransactionStatus.IDLE;
  }

  /** Returns the settings that are all that has to be asked for; null if everything has to be. */
  public @Nullable Set<String> settingsToAsk() {
    return unsure || hidden.isInDoubt() ? null : hidden.set();
  }

  /** Takes the values of the settings that had to be asked for; null where one is not set. */
  public void digestSettings(Map<String, @Nullable String> values) {
    SessionState.Draft draft = state.draft();
    values.forEach(
        (name, value) -> {
          if (SettingNames.isCustom(name) && value != null) {
            draft.ownNames.add(name);
          }
          boolean isOnlyHeardOf =
              value != null && value.isEmpty() && !draft.settings.containsKey(name);
          if (value != null && !isOnlyHeardOf) {
            draft.settings.put(name, value);
          }
        });
    state = draft.finish();
    hidden.asked();
  }

  /** Returns the query that asks the server for the state. */
  public ReadBack readBack() {
    Set<String> custom = hidden.names();
    custom.addAll(state.ownNames());
    return hadTemporaries || !state.temporaries().isEmpty() || !state.prepared().isEmpty()
        ? ReadBack.askingFor(custom)
        : ReadBack.expectingNothingTemporary(custom);
  }

  /** Applies the answer of the server. */
  public void digest(ServerState answer) {
    hadTemporaries |= !answer.temporaries().isEmpty();
    state = SessionEffects.digested(state, answer, locks, settled);
    unsure = false;
    hidden.asked();
  }

  /**
   * Returns what is temporary and was not seen being created, so that the server has to be asked
   * for its definition, with what is known of it.
   */
  public Map<String, SessionState.Temporary> undefined() {
    Map<String, SessionState.Temporary> undefined = new LinkedHashMap<>(0);
    if (!hidden.hidesOnCommit()) {
      state
          .temporaries()
          .forEach(
              (name, temporary) -> {
                if (temporary.definitions().isEmpty()) {
                  undefined.put(name, temporary);
                }
              });
    }
    return undefined;
  }

  /** Takes the definitions that the server has given. */
  public void defined(Map<String, List<Making>> definitions) {
    long first = SessionEffects.nextOrder(state);
    SessionState.Draft draft = state.draft();
    definitions.forEach(
        (name, makings) ->
            draft.temporaries.computeIfPresent(
                name,
                (same, known) ->
                    known.defined(
                        makings.stream().map(one -> one.at(first + one.order())).toList())));
    state = draft.finish();
  }

  private final SessionEffects.Settled settled =
      new SessionEffects.Settled() {
        @Override
        public String defaultRole() {
          return SessionTracker.this.defaultRole();
        }

        @Override
        public SessionState.Prepared prepared(SessionState now, ServerState.Prepared found) {
          Making making =
              new Making(
                  SessionEffects.nextOrder(now),
                  found.sql(),
                  now.settings(),
                  now.authorization(),
                  now.role());
          return SessionState.Prepared.readFrom(making);
        }
      };
}

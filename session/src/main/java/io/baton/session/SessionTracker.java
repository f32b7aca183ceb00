package io.baton.session;

import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.catalogue.SessionReach;
import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.CatalogueChange;
import io.baton.session.sql.Effect;
import io.baton.session.sql.FunctionBody;
import io.baton.session.sql.FunctionCall;
import io.baton.session.sql.SettingNames;
import io.baton.session.sql.StatementAnalysis;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tracks what the statements of one session do to its state.
 *
 * <p>State is kept in {@link StateFrames}: a rollback returns to one of them. What PostgreSQL does
 * not roll back (PREPARE, session-level advisory locks, LOAD, setseed) is kept. SET LOCAL is not
 * tracked: it has no effect after its transaction but that names have been heard of, and a replay
 * runs it again. LISTEN takes effect at commit, so it is part of the state that would be committed.
 *
 * <p>What a statement did that its text does not show, the server is asked for once no transaction
 * is open. Where the connection is lost before that, nobody is left to ask. If the transaction was
 * rolled back by it, all that a rollback takes back is known all the same: it is what it was at the
 * beginning. So two doubts are told apart: that of what a commit would leave, and that of what
 * stays whatever becomes of the transaction. Of settings whose names are known there is only the
 * first. Locks, prepared statements, libraries, the seed (and so every setting of which the name is
 * not known) and all that code does which nobody has read count for the second.
 *
 * <p>It does no I/O: the owner of the connection reports each call with the transaction status that
 * the server gave afterwards, and runs a {@link ReadBack} when {@link #needsReadBack()} says so.
 * Not thread-safe: it is confined to the thread, or the lock, of its session.
 */
public final class SessionTracker {

  private final FunctionCatalogue catalogue;
  private final HiddenSettings hidden;
  private final TemporaryExpressions temporaryCode;
  private final StateFrames states = new StateFrames();
  private TransactionStatus status = TransactionStatus.IDLE;
  private LockChanges locks = new LockChanges();
  private @Nullable Baseline baseline;

  /** Whether a statement had an effect on the session that only the server knows. */
  private boolean unsure;

  /** The same of what the rollback of the open transaction does not take back. */
  private boolean lasting;

  /** Whether it may have been changed where no call is seen, since the server was asked. */
  private boolean outOfSight;

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
    this.temporaryCode = new TemporaryExpressions(catalogue);
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
    return new SessionSnapshot(baseline, states.current());
  }

  /**
   * Takes over another session as this one, which has just begun: it is this from now on.
   *
   * @param taken the session, of which it is known what it began with
   */
  public void resume(SessionSnapshot taken) {
    baseline = taken.began();
    states.become(taken.state());
    hadTemporaries = !taken.state().temporaries().isEmpty();
    Set<String> names = new LinkedHashSet<>(taken.state().ownNames());
    taken.state().settings().keySet().stream().filter(SettingNames::isCustom).forEach(names::add);
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
      if (together && !states.isOpen()) {
        begin();
      }
      // Behind the first of them, no transaction has failed: the text has not.
      ran(analysis, i, parameters, i == 0 ? before : TransactionStatus.OPEN);
    }
    if (after == TransactionStatus.IDLE && states.isOpen()) {
      states.commit();
      // Of a single text, it does not show what ended it: a procedure, or one not recognised.
      unsure |= !together;
    }
    if (after == TransactionStatus.IDLE) {
      states.become(TemporaryRelations.committed(states.current()));
      states.forgetLocals();
      hidden.over();
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
    // What is permanent may depend on what is temporary, and is dropped with it: the server knows.
    if (TemporaryRelations.mayBeDependedOn(states.current(), analysis, statement)) {
      unsureForGood();
    }
    FunctionBody body = CodeBlock.bodyOf(analysis, statement);
    if (body != null) {
      ended(analysis, statement, body, parameters, CodeBlock.reach(body, catalogue));
    } else if (TemporaryCode.isCalledBy(statement, states.current())) {
      endedWithOwnCode(analysis, statement, parameters);
    } else {
      ended(analysis, statement, null, parameters, catalogue.reach(analysis, index));
    }
  }

  private void endedWithOwnCode(
      StatementAnalysis analysis, AnalysedStatement statement, ParameterValues parameters) {
    AnalysedStatement others = TemporaryCode.without(statement, states.current());
    SessionReach own = TemporaryCode.reach(statement, states.current(), catalogue);
    if (own.other()) {
      // What its text does not tell, no catalogue will.
      hidden.nameIsHidden(analysis, parameters);
      noteUnnamed();
      locks.unclear();
      states.become(TemporaryRelations.filled(states.current()));
      unsureForGood();
    } else if (!own.isNone()) {
      reached(analysis, statement, null, parameters, own);
    }
    ended(analysis, others, null, parameters, catalogue.reach(others));
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
    reachedTemporaryCode(analysis, statement, block, parameters);
    if (!states.current().temporaries().isEmpty() && !statement.readCandidate()) {
      states.become(TemporaryRelations.written(states.current(), analysis, statement));
    }
    if (isElsewhere(statement)) {
      unsureForGood();
    }
  }

  /** Code of what is temporary may have run, since the statement names it. */
  private void reachedTemporaryCode(
      StatementAnalysis analysis,
      AnalysedStatement statement,
      @Nullable FunctionBody block,
      ParameterValues parameters) {
    if (!temporaryCode.isRunBy(statement, block, states.current())) {
      return;
    }
    if (!temporaryCode.reach().isNone()) {
      reached(analysis, statement, temporaryCode.code(), parameters, temporaryCode.reach());
    }
    if (temporaryCode.draws() && !statement.readCandidate()) {
      states.become(TemporaryRelations.drawn(states.current()));
    }
  }

  private void unsureForGood() {
    unsure = true;
    lasting = true;
  }

  /** Code ran that the text does not show. */
  private void reached(
      StatementAnalysis analysis,
      AnalysedStatement statement,
      @Nullable FunctionBody block,
      ParameterValues parameters,
      SessionReach found) {
    SessionReach reach = found.whereHeardOf(states.current().ownNames());
    boolean touches = TemporaryRelations.mayBeTouched(states.current(), reach);
    boolean sets = reach.setsUnwritten() || reach.setsNamed();
    boolean isNoted = true;
    if (sets || reach.other()) {
      isNoted = hidden.ran(analysis, statement, block, parameters, reach);
      unsure |= !isNoted;
      noteUnnamed();
    }
    if (reach.other() ? !isNoted : reach.locks()) {
      locks.unclear(); // Else it is, once it is judged so.
      lasting = true;
    }
    if (touches || reach.other()) {
      states.become(TemporaryRelations.filled(states.current()));
    }
    if (!reach.other() && (touches || reach.locks())) {
      unsureForGood(); // What is temporary may have code of its own, which nobody has read.
    }
  }

  private void noteUnnamed() {
    if (hidden.takeSeeded()) {
      states.change(draft -> draft.elsewhere.add(SessionState.SEED));
    }
    if (hidden.takeUnnamed()) {
      lasting = true; // It may be the seed's name.
      if (!states.current().unnamed()) {
        states.change(draft -> draft.unnamed = true);
      }
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

  /** Judges them as far as the catalogue allows, if it has been read since that was tried. */
  public void judgeIfRead() {
    if (hidden.mayBeJudged()) {
      judge(false);
    }
  }

  /**
   * Judges them by the catalogue as it has been read now: what it does not show may be anything.
   */
  public void judge() {
    judge(true);
  }

  private void judge(boolean isLast) {
    boolean isAsked = !hidden.isInDoubt();
    unsure |= hidden.judge(isLast, states.current().ownNames());
    noteUnnamed();
    if (hidden.takeLocks()) {
      if (isAsked) {
        // The server has said since which are held, but not how often.
        states.change(draft -> draft.locks.replaceAll((lock, known) -> 0));
      } else {
        locks.unclear();
        unsureForGood();
      }
    }
  }

  /** Whether it leaves behind what exists on that server only. */
  private boolean isElsewhere(AnalysedStatement statement) {
    List<FunctionCall> calls = statement.functions();
    for (int i = 0; i < calls.size(); i++) {
      String name = calls.get(i).name();
      if (SessionLeftAlone.connectsElsewhere(name)) {
        states.change(draft -> draft.elsewhere.add("a connection of dblink"));
      } else if (SessionLeftAlone.createsElsewhere(name)) {
        return true;
      }
    }
    return false;
  }

  private boolean redefines() {
    return !redefined.isNothing();
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
      states.rollBack(); // A COMMIT that failed, or one in a failed transaction.
    }
    if (after == TransactionStatus.IDLE) {
      states.forgetLocals();
      hidden.over();
    }
    if (before == TransactionStatus.FAILED && after == before && !analysis.isTransactionControl()) {
      return; // Nothing runs in a failed transaction.
    }
    if (unread && analysis.statements().size() == 1) {
      return;
    }
    if (analysis.statements().size() > 1
        && !analysis.isEffectFree()
        && !(after == TransactionStatus.FAILED && isUndone(analysis))) {
      unsureForGood(); // It is not known which of them ran.
    }
    for (AnalysedStatement statement : analysis.statements()) {
      mayHaveRun(analysis, statement);
    }
  }

  /**
   * Reports that a text of SQL ended with an exception that is no answer of the server, and that
   * the connection may go on: what has run is not known.
   */
  public void brokenOff(StatementAnalysis analysis, TransactionStatus after) {
    failed(analysis, after, false);
    unsure |= !analysis.isEffectFree();
    lasting |= !isUndone(analysis);
  }

  /**
   * Whether all that a text has done is undone with the transaction that it failed in, whichever of
   * its statements ran, but for what {@link #mayHaveRun} looks at.
   */
  private static boolean isUndone(StatementAnalysis analysis) {
    return analysis.statements().stream()
        .flatMap(statement -> statement.effects().stream())
        .noneMatch(
            effect ->
                effect instanceof Effect.Prepare
                    || effect instanceof Effect.Deallocate
                    || effect instanceof Effect.Discard
                    || effect instanceof Effect.Load
                    || effect instanceof Effect.Begin
                    || effect instanceof Effect.Commit
                    || effect instanceof Effect.Rollback
                    || effect instanceof Effect.PrepareTransaction);
  }

  /** Some effects stay although the statement failed: locks, commits inside, names of settings. */
  private void mayHaveRun(StatementAnalysis analysis, AnalysedStatement statement) {
    for (Effect effect : statement.effects()) {
      if (effect instanceof Effect.AdvisoryLock) {
        locks.unclear();
        unsureForGood();
      } else if ((effect instanceof Effect.RunHiddenCode && !CodeBlock.isJudged(statement))
          || effect instanceof Effect.Execute) {
        hidden.meetAllIn(analysis, ParameterValues.UNKNOWN);
        states.become(TemporaryRelations.filled(states.current()));
        unsureForGood();
      } else if (effect instanceof Effect.CallSetConfig || isOwn(effect)) {
        noteNames(analysis, statement, ParameterValues.UNKNOWN);
        unsure = true;
      } else if (effect instanceof Effect.SeedRandom) {
        states.become(
            SessionEffects.apply(
                    effect, states.current(), context(statement, ParameterValues.UNKNOWN))
                .state());
      }
    }
    FunctionBody body = CodeBlock.bodyOf(analysis, statement);
    SessionReach reach =
        body == null ? catalogue.reach(statement) : CodeBlock.reach(body, catalogue);
    if (!reach.isNone()) {
      reached(analysis, statement, body, ParameterValues.UNKNOWN, reach);
    }
    reachedTemporaryCode(analysis, statement, body, ParameterValues.UNKNOWN);
  }

  private static boolean isOwn(Effect effect) {
    return effect instanceof Effect.SetSetting set && SettingNames.isCustom(set.name());
  }

  /** The rows of what is temporary may have been changed where no call is seen. */
  public void touchedOutOfSight() {
    states.become(TemporaryRelations.filled(states.current()));
  }

  /** The session may be changed where no call is seen, from now on. */
  public void changedOutOfSight() {
    outOfSight = true;
  }

  /** Reports that a text is about to run, of whose end this may not hear. */
  public void begins(StatementAnalysis analysis) {
    for (AnalysedStatement statement : analysis.statements()) {
      mayHaveRun(analysis, statement);
    }
  }

  /** What is set once may be set again by hidden code, and cannot be found but by its name. */
  private void noteNames(
      StatementAnalysis analysis, AnalysedStatement statement, ParameterValues parameters) {
    for (Effect effect : statement.effects()) {
      if (effect instanceof Effect.RunHiddenCode) {
        if (!CodeBlock.isJudged(statement)) {
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

  private SessionEffects.Context context(AnalysedStatement statement, ParameterValues parameters) {
    return new SessionEffects.Context(statement, parameters, states.locals(), locks, firstPath());
  }

  private @Nullable String firstPath() {
    Baseline.Value first =
        baseline == null ? null : baseline.settings().get(SettingNames.SEARCH_PATH);
    return first == null ? null : first.text();
  }

  private void begin() {
    hidden.begun();
    states.begin();
    lasting = unsure;
  }

  /**
   * The states that an open transaction can end in after its connection is lost.
   *
   * @param begun the state as of its beginning, exactly: a replay does again what no rollback
   *     undoes
   * @param rolledBack the state if it is rolled back
   * @param committed the state if it turns out to be committed
   * @param unsure whether it did something whose effect on the session only the server knew
   * @param lasting whether it did so, and no rollback takes that back
   * @param owed what else the server has to be asked for if it is committed
   */
  public record Crossroads(
      SessionState begun,
      SessionState rolledBack,
      SessionState committed,
      boolean unsure,
      boolean lasting,
      HiddenSettings.Owed owed) {

    /** Whether it is known what the session is if it is committed. */
    public boolean isCommitKnown() {
      return !unsure && owed.isNothing();
    }
  }

  /** Returns the states that the open transaction can end in. */
  public Crossroads crossroads() {
    return new Crossroads(
        states.atBegin(),
        states.ifRolledBack(),
        states.ifCommitted(),
        unsure,
        lasting,
        hidden.owed());
  }

  /**
   * Returns whether the session is the same whichever way a transaction has ended, by the catalogue
   * as it is now.
   */
  public boolean isSameEitherWay(Crossroads ways) {
    return !ways.unsure()
        && !ways.lasting()
        && ways.committed().equals(ways.rolledBack())
        && hidden.isHarmless(ways.owed(), ways.rolledBack().ownNames());
  }

  /**
   * Returns whether the session, outside of a transaction, is the same whether a text has run or
   * not, by the catalogue as it is now. Nothing is tracked by it.
   */
  public boolean isLeftAloneBy(StatementAnalysis analysis) {
    return new SessionLeftAlone(catalogue, temporaryCode, states.current(), firstPath())
        .by(analysis);
  }

  /** Reports that the transaction is going to be replayed. */
  public void begunAgain(Crossroads ways) {
    stand(ways.begun(), false);
    hidden.begunAgain();
  }

  /** Reports that the transaction is not committed, and not replayed. */
  public void rolledBack(Crossroads ways) {
    stand(ways.rolledBack(), ways.lasting());
    hidden.rolledBack();
  }

  /** Reports that the transaction is committed. */
  public void committed(Crossroads ways) {
    stand(ways.committed(), ways.unsure());
    hidden.committed(ways.owed());
  }

  private void stand(SessionState newState, boolean newUnsure) {
    if (redefines()) {
      // Nobody has them any more, or everybody; a replay reports them again.
      catalogue.changed(redefined, false);
      redefined = CatalogueChange.NOTHING;
    }
    states.end();
    states.become(newState);
    locks = new LockChanges();
    unsure = newUnsure;
    lasting = newUnsure;
    outOfSight = false; // Nothing was handed out of the next connection.
    status = TransactionStatus.IDLE;
  }

  private void apply(
      StatementAnalysis analysis,
      AnalysedStatement statement,
      ParameterValues parameters,
      TransactionStatus before) {
    for (Effect effect : statement.effects()) {
      if (effect instanceof Effect.Begin) {
        if (!states.isOpen()) {
          begin();
        }
      } else if (effect instanceof Effect.Commit commit) {
        end(before != TransactionStatus.FAILED, commit.chain());
      } else if (effect instanceof Effect.Rollback rollback) {
        end(false, rollback.chain());
      } else if (effect instanceof Effect.Savepoint savepoint) {
        states.savepoint(savepoint.name());
      } else if (effect instanceof Effect.Release release) {
        states.release(release.name());
      } else if (effect instanceof Effect.RollbackTo target) {
        states.rollBackTo(target.name());
      } else if (effect instanceof Effect.PrepareTransaction) {
        end(true, false);
      } else if (effect instanceof Effect.Execute execute) {
        executed(analysis, execute, before);
      } else if (!(effect instanceof Effect.RunHiddenCode && CodeBlock.isJudged(statement))) {
        if (effect instanceof Effect.CreateTemporary created
            && created.kind() == Effect.TemporaryKind.FUNCTION) {
          hidden.defined(created.name().name(), Objects.requireNonNull(created.definition()));
        }
        SessionEffects.Outcome outcome =
            SessionEffects.apply(effect, states.current(), context(statement, parameters));
        states.become(withoutDefaults(outcome.state()));
        unsure |= outcome.unsure();
        lasting |= outcome.unsure() && !isTakenBack(effect);
      }
    }
  }

  /** Whether all that it does is taken back by a rollback: no code runs that it does not show. */
  private static boolean isTakenBack(Effect effect) {
    return effect instanceof Effect.SetSetting || effect instanceof Effect.CallSetConfig;
  }

  /** What a prepared statement does, it does when it is executed. */
  private void executed(
      StatementAnalysis analysis, Effect.Execute execute, TransactionStatus before) {
    SessionState.Prepared prepared = states.current().prepared().get(execute.name());
    AnalysedStatement body = prepared == null ? null : prepared.body();
    if (body == null) {
      hidden.meetAllIn(analysis, ParameterValues.UNKNOWN);
      locks.unclear();
      states.become(TemporaryRelations.filled(states.current()));
      unsureForGood();
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
      states.commit();
    } else {
      states.rollBack();
    }
    if (chain && status != TransactionStatus.IDLE) {
      begin();
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
    return states.current();
  }

  /**
   * Returns the state as of the beginning of the open transaction; outside a transaction, the
   * state.
   */
  public SessionState stateAtBegin() {
    return states.atBegin();
  }

  /**
   * Returns whether the session may have changed in a way that only the server knows. Never true
   * inside a transaction: a replay repeats all that the transaction did.
   */
  public boolean needsReadBack() {
    return (unsure || hidden.isInDoubt() || !hidden.set().isEmpty())
        && status == TransactionStatus.IDLE;
  }

  /**
   * Returns whether the server is to be asked as soon as may be: because it has to be, or because
   * the session may have been changed where no call is seen, which it is not lost for.
   */
  public boolean wantsReadBack() {
    return needsReadBack() || (outOfSight && status == TransactionStatus.IDLE);
  }

  /** Returns the settings that are all that has to be asked for; null if everything has to be. */
  public @Nullable Set<String> settingsToAsk() {
    return unsure || outOfSight || hidden.isInDoubt() ? null : hidden.set();
  }

  /** Takes the values of the settings that had to be asked for; null where one is not set. */
  public void digestSettings(Map<String, @Nullable String> values) {
    SessionState.Draft draft = states.current().draft();
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
    states.become(draft.finish());
    hidden.asked();
  }

  /** Returns the query that asks the server for the state. */
  public ReadBack readBack() {
    Set<String> custom = hidden.names();
    custom.addAll(states.current().ownNames());
    hidden.asking(custom);
    return hadTemporaries
            || !states.current().temporaries().isEmpty()
            || !states.current().prepared().isEmpty()
        ? ReadBack.askingFor(custom)
        : ReadBack.expectingNothingTemporary(custom);
  }

  /** Applies the answer of the server. */
  public void digest(ServerState answer) {
    hadTemporaries |= !answer.temporaries().isEmpty();
    states.become(SessionEffects.digested(states.current(), answer, locks, settled));
    unsure = false;
    lasting = false;
    outOfSight = false;
    hidden.asked();
  }

  /**
   * Returns what is temporary and was not seen being created, so that the server has to be asked
   * for its definition, with what is known of it.
   */
  public Map<String, SessionState.Temporary> undefined() {
    Map<String, SessionState.Temporary> undefined = new LinkedHashMap<>(0);
    if (!hidden.hidesOnCommit()) {
      states
          .current()
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
    long first = SessionEffects.nextOrder(states.current());
    SessionState.Draft draft = states.current().draft();
    definitions.forEach(
        (name, makings) ->
            draft.temporaries.computeIfPresent(
                name,
                (same, known) ->
                    known.defined(
                        makings.stream().map(one -> one.at(first + one.order())).toList())));
    states.become(draft.finish());
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

package io.baton.session;

import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.CatalogueChange;
import io.baton.session.sql.Effect;
import io.baton.session.sql.SettingNames;
import io.baton.session.sql.StatementAnalysis;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tracks what the statements of one session do to its state.
 *
 * <p>State is kept in frames: one as of the beginning of the open transaction, one for each
 * savepoint. A {@link SessionState} is immutable, so a frame is a reference. A commit drops the
 * frames; a rollback returns to one of them. What PostgreSQL does not roll back (PREPARE,
 * session-level advisory locks, LOAD, setseed) is kept. SET LOCAL is not tracked: it has no effect
 * after its transaction, and a replay runs it again. LISTEN takes effect at commit, so it is part
 * of the state that would be committed.
 *
 * <p>It does no I/O: the owner of the connection reports each call with the transaction status that
 * the server gave afterwards, and runs a {@link ReadBack} when {@link #needsReadBack()} says so.
 * Not thread-safe: it is confined to the thread, or the lock, of its session.
 */
public final class SessionTracker {

  /** The state as of the beginning of a transaction or a savepoint. */
  private record Frame(@Nullable String savepoint, SessionState state) {}

  /** Custom settings in {@code set_config} or SET within a string of SQL. */
  private static final Pattern CUSTOM_SETTING =
      Pattern.compile(
          "set_config\\s*\\(\\s*'([^']+\\.[^']+)'|\\bset\\s+(?:session\\s+)?([a-z_]\\w*\\.\\w+)",
          Pattern.CASE_INSENSITIVE);

  private final FunctionCatalogue catalogue;
  private final Set<String> customNames = new LinkedHashSet<>(0);
  private final List<Frame> frames = new ArrayList<>(4);
  private TransactionStatus status = TransactionStatus.IDLE;
  private SessionState state = SessionState.FRESH;

  /** Whether a statement had an effect on the session that only the server knows. */
  private boolean unsure;

  /** Whether the open transaction changed definitions. */
  private CatalogueChange redefined = CatalogueChange.NOTHING;

  /** Creates a tracker of a session that has just begun. */
  public SessionTracker(FunctionCatalogue catalogue) {
    this.catalogue = catalogue;
  }

  /** Reports that a text of SQL ran to its end with these parameters. */
  public void succeeded(
      StatementAnalysis analysis, ParameterValues parameters, TransactionStatus after) {
    TransactionStatus before = status;
    status = after;
    if (before == TransactionStatus.IDLE && after != TransactionStatus.IDLE) {
      begin();
    }
    List<AnalysedStatement> statements = analysis.statements();
    for (int i = 0; i < statements.size(); i++) {
      AnalysedStatement statement = statements.get(i);
      if (!statement.effects().isEmpty()) {
        noteCustomNames(analysis, statement, parameters);
        apply(statement, parameters, before);
      }
      if (!unsure && catalogue.mayChangeSession(analysis, i)) {
        unsure = true;
      }
      if (!state.temporaries().isEmpty() && !statement.readCandidate()) {
        state = TemporaryRelations.written(state, statement);
      }
    }
    if (after == TransactionStatus.IDLE && !frames.isEmpty()) {
      // The text does not show what ended it: a procedure, or text that is not recognised.
      frames.clear();
      unsure = true;
    }
    if (after == TransactionStatus.IDLE) {
      state = TemporaryRelations.committed(state);
    }
    if (analysis.changesCatalogue() || (redefines() && after == TransactionStatus.IDLE)) {
      redefine(analysis, after != TransactionStatus.IDLE);
    }
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

  /** Reports that a text of SQL failed on the server, and that the connection still works. */
  public void failed(StatementAnalysis analysis, TransactionStatus after) {
    TransactionStatus before = status;
    status = after;
    if (before == TransactionStatus.IDLE && after != TransactionStatus.IDLE) {
      begin();
    }
    if (after == TransactionStatus.IDLE && before != TransactionStatus.IDLE) {
      rolledBack(); // A COMMIT that failed, or one in a failed transaction.
    }
    if (analysis.statements().size() > 1 && !analysis.isEffectFree()) {
      unsure = true; // It is not known which of them ran.
    }
  }

  /** What is set once may be set again by hidden code, and cannot be found but by its name. */
  private void noteCustomNames(
      StatementAnalysis analysis, AnalysedStatement statement, ParameterValues parameters) {
    for (Effect effect : statement.effects()) {
      if (effect instanceof Effect.RunHiddenCode) {
        Matcher matcher = CUSTOM_SETTING.matcher(analysis.text());
        while (matcher.find()) {
          String name = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
          customNames.add(SettingNames.normalize(name));
        }
      } else {
        String name = SessionEffects.nameOfSetting(effect, parameters);
        if (name != null && SettingNames.isCustom(name)) {
          customNames.add(name);
        }
      }
    }
  }

  private void begin() {
    frames.clear();
    frames.add(new Frame(null, state));
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
      AnalysedStatement statement, ParameterValues parameters, TransactionStatus before) {
    for (Effect effect : statement.effects()) {
      if (effect instanceof Effect.Begin) {
        if (frames.isEmpty() && status != TransactionStatus.IDLE) {
          begin();
        }
      } else if (effect instanceof Effect.Commit commit) {
        end(before != TransactionStatus.FAILED, commit.chain());
      } else if (effect instanceof Effect.Rollback rollback) {
        end(false, rollback.chain());
      } else if (effect instanceof Effect.Savepoint savepoint) {
        frames.add(new Frame(savepoint.name(), state));
      } else if (effect instanceof Effect.Release release) {
        forgetFrom(release.name());
      } else if (effect instanceof Effect.RollbackTo target) {
        rollBackTo(target.name());
      } else if (effect instanceof Effect.PrepareTransaction) {
        end(true, false);
      } else {
        SessionEffects.Outcome outcome = SessionEffects.apply(effect, state, parameters);
        state = outcome.state();
        unsure |= outcome.unsure();
      }
    }
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
    return unsure && status == TransactionStatus.IDLE;
  }

  /** Returns the query that asks the server for the state. */
  public ReadBack readBack() {
    Set<String> custom = new LinkedHashSet<>(customNames);
    custom.addAll(catalogue.customSettings());
    return ReadBack.askingFor(custom);
  }

  /** Applies the answer of the server. */
  public void digest(ServerState answer) {
    state = SessionEffects.digested(state, answer);
    unsure = false;
  }
}

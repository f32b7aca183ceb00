package io.baton.engine;

import io.baton.jdbc.pgjdbc.PgErrors;
import io.baton.routing.consistency.Tables;
import io.baton.session.ParameterValues;
import io.baton.session.ReadBack;
import io.baton.session.Restoration;
import io.baton.session.ServerState;
import io.baton.session.SessionState.Temporary;
import io.baton.session.SessionTracker;
import io.baton.session.SessionTracker.Crossroads;
import io.baton.session.TemporaryDefinitions;
import io.baton.session.TransactionStatus;
import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.journal.ReplayBlocker;
import io.baton.session.sql.CommandKind;
import io.baton.session.sql.StatementAnalysis;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records what the calls of one session did: to the session, in its tracker, and to the transaction
 * under way, in its {@link OpenTransaction}, which is made and dropped here.
 *
 * <p>Guarded by the calls of its session, but for {@link #recordedCalls}.
 */
final class CallRecorder {

  private static final Logger LOG = LoggerFactory.getLogger(CallRecorder.class);

  private static final String PLAIN_WRITE =
      "a write outside of a transaction: see baton.autocommitWrites";

  private final ProtectionAccount protection;
  private final boolean protectsWrites;
  private final FunctionCatalogue catalogue;
  private final SessionTracker tracker;
  private final long journalBytes;
  private final BooleanSupplier tellsTablesApart;
  private final ReadSamples samples;

  /** Null if what was written is not compared. */
  private final @Nullable ComparedWrites comparedWrites;

  /** The transaction under way; null while there is none. */
  private volatile @Nullable OpenTransaction transaction;

  /** See {@link CallTrace#handing}. */
  private final ReentrantLock handing = new ReentrantLock();

  private boolean replays;

  /**
   * Makes a recorder of a session that begins.
   *
   * @param journalBytes how much the journal of a transaction may hold
   * @param replays whether transactions are recorded for a replay
   * @param protectsWrites whether writes outside of a transaction run in one of their own
   * @param comparedWrites what compares the rows that were written; null if nothing does
   * @param tracker what tracks the session
   * @param tellsTablesApart whether it matters which tables are written
   * @param samples what keeps reads for a rehearsal
   */
  CallRecorder(
      FunctionCatalogue catalogue,
      ProtectionAccount protection,
      long journalBytes,
      boolean replays,
      boolean protectsWrites,
      @Nullable ComparedWrites comparedWrites,
      SessionTracker tracker,
      BooleanSupplier tellsTablesApart,
      ReadSamples samples) {
    this.samples = samples;
    this.protection = protection;
    this.protectsWrites = protectsWrites;
    this.catalogue = catalogue;
    this.tracker = tracker;
    this.tellsTablesApart = tellsTablesApart;
    this.journalBytes = journalBytes;
    this.replays = replays;
    this.comparedWrites = comparedWrites;
  }

  /** What is known of the functions of the database. */
  FunctionCatalogue catalogue() {
    return catalogue;
  }

  /** How its calls were covered. */
  ProtectionAccount protection() {
    return protection;
  }

  /** The state of the session. */
  SessionTracker tracker() {
    return tracker;
  }

  // --------------------------------------------------------------------- the transaction under way

  /** The transaction under way; null while there is none. */
  @Nullable OpenTransaction transaction() {
    return transaction;
  }

  /** How many calls of the transaction under way are recorded; any thread may ask. */
  int recordedCalls() {
    OpenTransaction now = transaction;
    return now == null ? 0 : now.recordedCalls();
  }

  /** A call is about to be made in that block. */
  void enter(TransactionBlock block) {
    switch (block) {
      case NONE -> {
        if (transaction != null) {
          transaction = null;
        }
      }
      case BEGINS -> transaction = begun();
      case OPEN, FAILED -> {
        if (transaction == null) {
          OpenTransaction unseen = begun();
          unseen.block(ReplayBlocker.UNSEEN);
          transaction = unseen;
        }
      }
    }
  }

  private OpenTransaction begun() {
    OpenTransaction begun = OpenTransaction.begun(journalBytes, catalogue.version());
    if (!replays) {
      begun.block(ReplayBlocker.SWITCHED_OFF);
    }
    return begun;
  }

  /** The transaction ended, or another one of the same work takes its place. */
  void replace(@Nullable OpenTransaction next) {
    transaction = next;
  }

  /** Whether the next connection must be put into a failed transaction. */
  boolean owesFailedTransaction() {
    OpenTransaction now = transaction;
    return now != null && now.isOwed();
  }

  /**
   * The transaction is gone, and the application has to roll back.
   *
   * @param inCommit whether it was lost in its COMMIT
   */
  void lose(Crossroads ways, boolean inCommit) {
    OpenTransaction before = transaction;
    boolean refuses = inCommit || (before != null && before.refusesCommit());
    tracker.rolledBack(ways);
    transaction = OpenTransaction.lost(refuses);
  }

  /** Whether transactions that begin from now on are recorded for a replay. */
  boolean replays() {
    return replays;
  }

  /** Switches replay on from the next transaction, or off from now on, the open one included. */
  void switchReplay(boolean on) {
    replays = on;
    OpenTransaction now = transaction;
    if (!on && now != null) {
      now.block(ReplayBlocker.SWITCHED_OFF);
    }
  }

  /** Something happened that cannot be replayed; it counts if a transaction is open. */
  void block(ReplayBlocker reason, TransactionStatus status) {
    OpenTransaction now = transaction;
    if (now == null && status != TransactionStatus.IDLE) {
      now = begun(); // By the very call that cannot be replayed.
      transaction = now;
    }
    if (now != null) {
      now.block(reason);
      if (now.tellsBlocker()) {
        protection.uncovered(reason.reason());
      }
    }
  }

  /** More is kept for a recorded call than when it was recorded. */
  void grew(long estimatedBytes) {
    OpenTransaction now = transaction;
    if (now != null) {
      now.journal().grow(estimatedBytes);
    }
  }

  /** Why the transaction under way cannot be replayed; null if it can. */
  @Nullable ReplayBlocker blocker(SessionConnection connection) {
    OpenTransaction now = transaction;
    ReplayBlocker known = now == null ? ReplayBlocker.UNSEEN : now.journal().blocker();
    if (known == null && connection.isPooled()) {
      return ReplayBlocker.POOLED;
    }
    return (known == null || known == ReplayBlocker.UNSEEN) && connection.physical().isExposed()
        ? ReplayBlocker.RAW_ACCESS
        : known;
  }

  /** Whether the transaction under way has come far enough to be replayed, and can be. */
  boolean isReplayable(SessionConnection connection) {
    OpenTransaction now = transaction;
    return now != null && !now.journal().calls().isEmpty() && blocker(connection) == null;
  }

  /** Whether the transaction under way may have written, in sight or out of it. */
  boolean mayHaveWritten(SessionConnection connection) {
    OpenTransaction now = transaction;
    return ((now != null && now.mayHaveWritten()) || connection.physical().isExposed())
        && !connection.isProvedStandby();
  }

  /** Every table of which a call that may write may change a row. */
  Tables written(Call<?, ?> call) {
    return call.effect() == CallEffect.WRITE && tellsTablesApart.getAsBoolean()
        ? Tables.of(catalogue.tablesWritten(call.analysis()))
        : Tables.ALL;
  }

  // ------------------------------------------------------------------------------ calls that ended

  /** A call ended well. */
  <D, R> void succeeded(SessionConnection connection, Call<D, R> call, D delegate, R result)
      throws SQLException {
    Target<D> target = call.target();
    StatementAnalysis analysis = call.analysis();
    TransactionStatus before = tracker.status();
    TransactionStatus after = connection.physical().transactionStatus();
    tracker.succeeded(analysis, target.parameterValues(), after);
    OpenTransaction ended = transaction;
    OpenTransaction open = openAfter(analysis, before, after, false);
    RecordedCall<D, R> recorded = null;
    if (open != null && open.journal().isRecording()) {
      CallInputs inputs = target.inputs();
      if (isRecordable(open, connection, analysis, true, inputs) && isCompared(open)) {
        Object seen = target.seen(delegate, result);
        ComparedWrite write = comparedWrites == null ? null : comparedWrites.made();
        recorded = RecordedCall.returned(call, inputs, seen, write, handing);
        open.record(recorded);
      }
    }
    target.recorded(recorded, result);
    if (samples.isOn()) {
      samples.take(call, tracker.state());
    }
    account(call, before == TransactionStatus.IDLE ? open : either(open, ended));
    settled(connection, call, open);
  }

  /** An error of the statement itself: the application sees it as it is. */
  <D, R> void refused(SessionConnection connection, Call<D, R> call, SQLException failure)
      throws SQLException {
    Target<D> target = call.target();
    StatementAnalysis analysis = call.analysis();
    TransactionStatus before = tracker.status();
    TransactionStatus after = connection.physical().transactionStatus();
    tracker.failed(analysis, after, PgErrors.isOfReading(failure));
    OpenTransaction ended = transaction;
    OpenTransaction open = openAfter(analysis, before, after, true);
    if (open != null && open.journal().isRecording()) {
      CallInputs inputs = target.inputs();
      boolean ran = !isRefusedInAnyTransaction(analysis, failure);
      if (isRecordable(open, connection, analysis, ran, inputs)
          && (PgErrors.stateOfServer(failure) != null || isCompared(open))) {
        open.record(RecordedCall.refused(call, inputs, failure, handing));
      }
    }
    target.recorded(null, null);
    account(call, before == TransactionStatus.IDLE ? open : either(open, ended));
    settled(connection, call, open);
  }

  /**
   * A call ended with an exception that is no answer of the server: of the driver, a class of the
   * application that it called, or the JVM. It may have run, so its transaction is not replayed.
   * Nothing is asked of the server here: the driver may have read a part of an answer only.
   */
  void brokenOff(SessionConnection connection, Call<?, ?> call) {
    TransactionStatus before = tracker.status();
    TransactionStatus after = connection.physical().transactionStatus();
    tracker.brokenOff(call.analysis(), after);
    OpenTransaction open = openAfter(call.analysis(), before, after, false);
    if (open != null) {
      open.noteWrite(written(call));
      block(ReplayBlocker.BROKEN_OFF, after);
    }
  }

  /**
   * A call ended well that is not recorded.
   *
   * @param analysis a text that does to the session what the call does
   * @param reason why its transaction cannot be replayed
   */
  void ranUnrecorded(
      SessionConnection connection, StatementAnalysis analysis, ReplayBlocker reason) {
    TransactionStatus after = connection.transactionStatus();
    tracker.succeeded(analysis, ParameterValues.UNKNOWN, after);
    if (after == TransactionStatus.IDLE) {
      settled(connection, analysis);
    } else {
      block(reason, after); // It may have begun the transaction.
    }
  }

  /**
   * An error was raised on a connection that goes on, by a call that is not recorded: while rows
   * were fetched, for one. If it failed the transaction, a replay that does not raise it would let
   * a failed transaction go on.
   *
   * @param analysis a text that does to the session what the call does; null if it does nothing
   * @param failure the error; null if it is none of the server or the driver
   */
  void refusedUnrecorded(
      SessionConnection connection,
      @Nullable StatementAnalysis analysis,
      @Nullable SQLException failure) {
    TransactionStatus after = connection.transactionStatus();
    if (analysis != null) {
      tracker.failed(analysis, after, failure != null && PgErrors.isOfReading(failure));
    }
    if (after == TransactionStatus.FAILED) {
      block(ReplayBlocker.UNRECORDED_ERROR, after);
    } else if (analysis != null && after == TransactionStatus.IDLE) {
      settled(connection, analysis);
    }
  }

  /**
   * The transaction that is open behind a text of SQL; null if there is none. A statement that
   * fails, and leaves a transaction open, has not begun it: where it is the only one of its text,
   * it is the one that was open before.
   */
  private @Nullable OpenTransaction openAfter(
      StatementAnalysis analysis,
      TransactionStatus before,
      TransactionStatus after,
      boolean failed) {
    OpenTransaction open = transaction;
    if (after == TransactionStatus.IDLE) {
      open = null;
    } else if (open == null) {
      open = begun();
    } else if (before != TransactionStatus.IDLE
        && analysis.mayReplaceTransaction()
        && !(failed && isSingle(analysis))) {
      open = begun();
      open.block(ReplayBlocker.CHAINED);
    }
    transaction = open;
    return open;
  }

  /**
   * Whether the server refuses a statement like this in every transaction block, before anything of
   * it runs: what it cannot parse, and DISCARD ALL. A function in a query may raise the same as the
   * latter.
   */
  private static boolean isRefusedInAnyTransaction(
      StatementAnalysis analysis, SQLException failure) {
    if (!isSingle(analysis)) {
      return false;
    }
    return PgErrors.isOfSyntax(failure)
        || (PgErrors.isOfCommandAlone(failure)
            && analysis.statements().get(0).kind() == CommandKind.DISCARD);
  }

  private static boolean isSingle(StatementAnalysis analysis) {
    return analysis.statements().size() == 1;
  }

  private static @Nullable OpenTransaction either(
      @Nullable OpenTransaction open, @Nullable OpenTransaction ended) {
    return open == null ? ended : open;
  }

  /**
   * Accounts for a call.
   *
   * @param in the transaction that it was made in, or that it ended; null if it ran by itself
   */
  private void account(Call<?, ?> call, @Nullable OpenTransaction in) {
    String uncovered = null;
    boolean tells = true;
    if (in != null) {
      ReplayBlocker reason = in.journal().blocker();
      if (reason != null) {
        uncovered = reason.reason();
        tells = in.tellsBlocker();
      }
    } else if (!protectsWrites && call.effect().mayWrite()) {
      uncovered = PLAIN_WRITE;
    }
    protection.called(call.analysis(), tracker.state(), uncovered, tells);
  }

  /**
   * Whether a call can be made again in a replay; if not, the transaction cannot be replayed.
   *
   * @param ran whether it may have run, or may run when it is made again
   */
  private boolean isRecordable(
      OpenTransaction open,
      SessionConnection connection,
      StatementAnalysis analysis,
      boolean ran,
      @Nullable CallInputs inputs) {
    ReplayBlocker obstacle = ran ? ReplayBlocker.by(analysis) : null;
    if (connection.physical().isExposed()) {
      obstacle = ReplayBlocker.RAW_ACCESS;
    } else if (obstacle == null && inputs != null && inputs.hasOneShot()) {
      obstacle = ReplayBlocker.ONE_SHOT_PARAMETER;
    } else if (obstacle == null && ran && catalogue.mayOutliveRollback(analysis)) {
      obstacle = ReplayBlocker.NON_TRANSACTIONAL;
    }
    if (obstacle != null) {
      open.block(obstacle);
    } else if (catalogue.isInDoubt()) {
      open.noteUnjudged();
    }
    return obstacle == null;
  }

  /**
   * Judges calls anew that were recorded while not every definition was known, by what the server
   * of a connection says.
   *
   * @return the number of the first that has an effect which no rollback undoes; 0 if none has
   * @throws SQLException if the server refuses an answer, or the connection breaks
   */
  int firstLasting(OpenTransaction replayed, SessionConnection connection) throws SQLException {
    if (!replayed.isUnjudged()) {
      return 0;
    }
    refreshCatalogue(connection);
    int number = 0;
    for (RecordedCall<?, ?> call : replayed.journal().calls()) {
      number++;
      if (catalogue.mayOutliveRollback(call.analysis())) {
        return number;
      }
    }
    return 0;
  }

  /** Whether no call of a transaction touches the session, as far as it is known, and it is. */
  boolean leavesSession(OpenTransaction work) {
    if (tracker.hasUnjudged() || catalogue.isInDoubt()) {
      return false;
    }
    for (RecordedCall<?, ?> call : work.journal().calls()) {
      StatementAnalysis analysis = call.analysis();
      if (!analysis.isEffectFree()) {
        return false;
      }
      for (int i = 0; i < analysis.statements().size(); i++) {
        if (!catalogue.reach(analysis, i).isNone()) {
          return false;
        }
      }
    }
    return tracker.state().temporaries().isEmpty();
  }

  /** Whether what a call wrote can be compared in a replay, if it has to be. */
  private boolean isCompared(OpenTransaction open) {
    ReplayBlocker obstacle = comparedWrites == null ? null : comparedWrites.obstacle();
    if (obstacle != null) {
      open.block(obstacle);
    }
    return obstacle == null;
  }

  private void settled(
      SessionConnection connection, Call<?, ?> call, @Nullable OpenTransaction open) {
    if (open != null) {
      if (call.effect().mayWrite()) {
        open.noteWrite(written(call));
      } else if (call.effect() == CallEffect.READ) {
        open.noteRead(call.analysis());
      }
      return;
    }
    settled(connection, call.analysis());
  }

  /** A text has run, and no transaction is open. */
  private void settled(SessionConnection connection, StatementAnalysis analysis) {
    boolean mayBeReset =
        !connection.takeover().isEmpty() && (!isApplied(connection) || !analysis.isEffectFree());
    connection.applied(tracker.state());
    catalogue.keepUp();
    tracker.judgeIfRead();
    if (tracker.wantsReadBack()) {
      readBack(connection);
    }
    if (mayBeReset) {
      takeOverAgain(connection);
    }
  }

  @SuppressWarnings("ReferenceEquality") // an unchanged state is the same object: see SessionState
  private boolean isApplied(SessionConnection connection) {
    return connection.applied() == tracker.state();
  }

  /** What the session began with, and this connection did not, may just have been reset. */
  private void takeOverAgain(SessionConnection connection) {
    try {
      connection
          .physical()
          .inAutocommit(Restoration.ofTakeover(tracker.state(), connection.takeover())::runOn);
    } catch (SQLException failure) {
      // The call that went before is done. The next one has the session rebuilt.
      LOG.debug("{} was not given what it began with: {}", connection, failure.getMessage());
      connection.physical().abort("what the session began with could not be set again");
    }
  }

  /** Asks the server what only it knows, outside of a transaction. */
  void readBack(SessionConnection connection) {
    try {
      if (tracker.wantsReadBack()) {
        Set<String> settings = tracker.settingsToAsk();
        if (settings == null) {
          digest(connection);
        } else {
          tracker.digestSettings(
              connection.physical().inAutocommit(physical -> ReadBack.ask(physical, settings)));
        }
        connection.applied(tracker.state());
      }
    } catch (SQLException failure) {
      // The call that went before is done, and its answer stands. If the connection is gone, the
      // next
      // call finds it out; the tracker says what was not read back.
      LOG.debug("{} was not asked what the session is: {}", connection, failure.getMessage());
    }
  }

  /**
   * Asks the server what the session is, which it returns, and how to make what was not seen being
   * made.
   */
  ServerState digest(SessionConnection connection) throws SQLException {
    ServerState answer = connection.physical().inAutocommit(tracker.readBack()::ask);
    tracker.digest(answer);
    Map<String, Temporary> undefined = tracker.undefined();
    if (!undefined.isEmpty()) {
      tracker.defined(
          connection
              .physical()
              .inAutocommit(
                  physical ->
                      TemporaryDefinitions.ask(
                          physical, undefined, tracker.state().authorization())));
    }
    return answer;
  }

  /** Asks a server for the functions of the database, outside of a transaction. */
  void refreshCatalogue(SessionConnection connection) throws SQLException {
    connection
        .physical()
        .inAutocommit(
            physical -> {
              catalogue.refresh(physical);
              return true;
            });
  }
}

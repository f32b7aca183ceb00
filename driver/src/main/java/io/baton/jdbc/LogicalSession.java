package io.baton.jdbc;

import io.baton.BatonException.Outcome;
import io.baton.failover.Deadline;
import io.baton.failover.Failure;
import io.baton.failover.InterruptedCall.Block;
import io.baton.failover.ReplayGate;
import io.baton.failover.outcome.TransactionMark;
import io.baton.jdbc.Departure.Arrival;
import io.baton.jdbc.options.AutocommitWrites;
import io.baton.jdbc.options.BatonOption;
import io.baton.jdbc.options.CommitOutcome;
import io.baton.jdbc.options.Replay;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.consistency.CausalClock;
import io.baton.routing.select.EndpointLoad;
import io.baton.routing.select.RouteDecision;
import io.baton.routing.topology.Endpoint;
import io.baton.session.ProtectionTally;
import io.baton.session.TransactionStatus;
import io.baton.session.journal.Journal;
import io.baton.session.journal.Unprotected;
import io.baton.session.sql.KeyDraw;
import io.baton.session.sql.StatementAnalysis;
import io.baton.session.sql.StatementAnalyzer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The session behind a logical connection, and the one place where its calls are made and their
 * failures judged.
 *
 * <p>Every call that may reach a server goes through {@link #call}: it is routed, made on the
 * physical connection that is right for it, and followed by the tracker. If the connection breaks,
 * {@link InterruptedCall} says what may be done, the session moves to the server that is right now,
 * and the call is made again or ends as the contract with the application allows.
 *
 * <p>Calls of one session run one after the other, as the PostgreSQL driver runs them anyhow; the
 * lock for it belongs to this session alone, so no call ever waits for another session. {@link
 * #close} and {@link #isClosed} take no lock.
 */
final class LogicalSession implements ReplayGate.Member {

  private static final StatementAnalyzer ANALYZER = new StatementAnalyzer();

  /** For calls that reach no server: creating a statement, and the like. */
  static final StatementAnalysis NOTHING = ANALYZER.analyze("");

  static final StatementAnalysis COMMIT = ANALYZER.analyze("COMMIT");
  static final StatementAnalysis ROLLBACK = ANALYZER.analyze("ROLLBACK");

  private final Servers servers;
  private final Routes routes;
  private final boolean restores;
  private final boolean replays;
  private final CommitNotes notes;
  private final ReentrantLock calls = new ReentrantLock();
  private final ClientSettings client;
  private final Seats seats;
  private volatile boolean closed;

  /** What the calls did. Guarded by calls. */
  private final SessionRecord record;

  private final PlannedMoves moves;
  private final ReplayGate gate;
  private final Rescue rescue;
  private final int retries;
  private final @Nullable ProtectedWrites writes;

  LogicalSession(Servers servers, boolean readOnly) throws SQLException {
    this.servers = servers;
    Replay replay = servers.url().option(BatonOption.REPLAY);
    this.restores = replay != Replay.NONE;
    this.client = new ClientSettings(readOnly);
    this.notes =
        new CommitNotes(
            restores ? servers.url().option(BatonOption.COMMIT_OUTCOME) : CommitOutcome.NONE);
    this.record =
        new SessionRecord(
            servers.catalogue(),
            new Journal<>(servers.url().option(BatonOption.JOURNAL_MAX_BYTES)),
            new ProtectionAccount(servers.protection()),
            new SessionKeys(servers.sequenceMarks(), notes.areTaken()),
            restores
                && servers.url().option(BatonOption.AUTOCOMMIT_WRITES) == AutocommitWrites.PROTECT);
    this.replays = replay == Replay.TRANSACTION;
    if (!replays) {
      record.journal().switchOff(true);
    }
    this.seats = new Seats(servers, record.tracker(), client);
    this.routes = new Routes(servers, record, client);
    this.moves = new PlannedMoves(servers, seats, record, client, calls, () -> closed);
    this.gate = servers.replayGate();
    this.rescue = new Rescue(servers, seats, record, this);
    this.retries = servers.url().option(BatonOption.RETRY_CONFLICTS);
    boolean protects =
        restores && servers.url().option(BatonOption.AUTOCOMMIT_WRITES) == AutocommitWrites.PROTECT;
    this.writes = protects ? new ProtectedWrites(this, client, servers.catalogue()) : null;
    try {
      notes.check(seats.current());
      if (restores && servers.catalogue().isEmpty()) {
        record.readBack(
            seats.current()); // Once for all sessions; later it is kept up while they idle.
      }
    } catch (SQLException refused) {
      seats.leave();
      throw refused;
    }
    record.protection().join();
    gate.join(this);
    moves.join();
  }

  @Override
  public Endpoint place() {
    return physical().endpoint();
  }

  @Override
  public int recordedCalls() {
    return record.journal().recordedCalls();
  }

  /** Has somebody know of every move. */
  void follow(Consumer<PhysicalConnection> follower) {
    seats.follow(follower);
  }

  /** What a text does, as the session's server would read it. */
  StatementAnalysis analyze(String sql) {
    return ANALYZER.analyze(sql, physical().standardConformingStrings());
  }

  ClientSettings client() {
    return client;
  }

  /** The connection that the session stands on now. */
  PhysicalConnection physical() {
    return seats.current().physical();
  }

  /** What a change of the client's settings does. */
  @FunctionalInterface
  interface Change {
    void on(ClientSettings client) throws SQLException;
  }

  /** Changes the client's settings, and has the present connection know. */
  void change(Change change) throws SQLException {
    calls.lock();
    try {
      change.on(client);
      Seat seat = seats.current();
      if (!closed && !seat.physical().isSevered() && isIdle(seat)) {
        seat.apply(client);
      }
    } finally {
      calls.unlock();
    }
  }

  /** Whether no transaction is open, as the server last reported. */
  boolean isIdle() {
    return isIdle(seats.current());
  }

  private static boolean isIdle(Seat seat) {
    return seat.physical().transactionStatus() == TransactionStatus.IDLE;
  }

  /**
   * Makes a call that may reach a server.
   *
   * @param target what it is made on
   * @param analysis what it does
   * @param execution the call itself; made again if the session moves and the contract allows it
   */
  <D, R> R call(Target<D> target, StatementAnalysis analysis, Execution<? super D, R> execution)
      throws SQLException {
    calls.lock();
    try {
      if (writes != null && analysis != NOTHING && writes.concerns(target, analysis)) {
        try {
          return writes.call(target, analysis, execution);
        } finally {
          routes.wrote();
        }
      }
      notes.clear();
      boolean refused = false;
      for (int attempt = 1; ; attempt++) {
        if (gate.isClosed() && isIdle() && analysis != NOTHING) {
          gate.pass();
        }
        if (analysis != NOTHING) {
          moves.take();
        }
        Seat seat = refused ? seats.take(RouteDecision.TO_WRITER) : seatFor(analysis);
        Block block = block(seat);
        notes.early().before(block);
        if (analysis.recallsSequences()) {
          record.keys().recall(seat);
        }
        boolean counts = analysis != NOTHING && routes.mayShowWrites(seat, analysis, block);
        EndpointLoad load = seat.load();
        long began = begin(load);
        boolean sent = closed || !seat.physical().isSevered();
        SQLException failure;
        try {
          if (!sent) {
            throw seat.severed();
          }
          if (notes.isWanted(analysis, block) && record.mayHaveWritten(seat)) {
            sent = false;
            notes.note(seat, record);
            if (target instanceof RoutedStatement) {
              notes.writeDue(seat.physical());
            }
            sent = true;
          }
          D carrying =
              notes.areDue(seat, block, analysis, execution)
                  ? target.carrying(seat.physical(), TransactionMark.SQL)
                  : null;
          D delegate = carrying == null ? target.on(seat.physical()) : carrying;
          R result =
              carrying == null
                  ? execution.on(delegate)
                  : notes.early().take(seat, target, carrying, execution);
          if (analysis != NOTHING) {
            record.succeeded(seat, target, delegate, analysis, execution, result);
          }
          return result;
        } catch (SQLException raised) {
          failure = raised;
        } finally {
          notes.early().after(analysis);
          if (counts) {
            routes.wrote();
          }
          if (load != null) {
            load.end(System.nanoTime() - began);
          }
        }
        if (isOfStatement(failure, seat)) {
          if (!refused && routes.isForTheWriter(failure, seat, block, analysis)) {
            refused = true;
            continue;
          }
          if (attempt <= retries
              && seat.physical().isConflict(failure)
              && rescue.retries(
                  new CutOff(seat, analysis, block, sent, attempt, true, List.of(), failure))) {
            notes.early().forget();
            continue;
          }
          record.refused(seat, target, analysis, execution, failure);
          throw failure;
        }
        cutOff(new CutOff(seat, analysis, block, sent, attempt, true, notes.noted(), failure));
      }
    } finally {
      calls.unlock();
    }
  }

  private static long begin(@Nullable EndpointLoad load) {
    if (load == null) {
      return 0;
    }
    load.begin();
    return System.nanoTime();
  }

  /** The open transaction is not to be replayed, for there is a better way. */
  void doNotReplay() {
    record.journal().unprotect(Unprotected.SWITCHED_OFF);
  }

  /** Commits the transaction of the present connection: what the call of a COMMIT does. */
  boolean commit() throws SQLException {
    notes.commit(physical());
    return true;
  }

  private Seat seatFor(StatementAnalysis analysis) throws SQLException {
    Seat now = seats.current();
    if (analysis == NOTHING || closed || !isIdle(now)) {
      return now;
    }
    return seats.take(routes.route(analysis));
  }

  /** Where a text would run if it were the next, and why; asks nobody. */
  String explainRoute(String sql) {
    return (isIdle() ? routes.route(analyze(sql)) : routes.inTransaction()).toString();
  }

  /** What moves the session on request. */
  PlannedMoves moves() {
    return moves;
  }

  /** Has readers show what a token stands for. */
  void requireConsistency(String token) throws SQLException {
    routes.require(token);
  }

  /** How the calls of this session were covered. */
  ProtectionTally protection() {
    return record.protection().own();
  }

  /** A token that stands for all that was acknowledged so far. */
  String consistencyToken() throws SQLException {
    calls.lock();
    try {
      if (!isIdle()) {
        throw new SQLException("A consistency token is taken outside of a transaction.", "25001");
      }
      CausalClock clock = servers.clock();
      return seats.sample(clock == null ? new CausalClock() : clock).toString();
    } finally {
      calls.unlock();
    }
  }

  private Block block(Seat seat) {
    return switch (seat.physical().transactionStatus()) {
      case IDLE -> client.autoCommit() ? Block.NONE : Block.BEGINS;
      case OPEN -> Block.OPEN;
      case FAILED -> Block.FAILED;
    };
  }

  private boolean isOfStatement(SQLException failure, Seat seat) {
    return !closed
        && !seat.physical().isGivenUpByDriver(failure)
        && failureOf(failure, seat) == Failure.STATEMENT;
  }

  private static Failure failureOf(SQLException failure, Seat seat) {
    PhysicalConnection physical = seat.physical();
    return Failure.of(
        failure, physical.isSeveredBy(failure), physical.isOnStandby(), seat.isOnWriter());
  }

  /** Returns if the call is to be made again; throws what the application shall see otherwise. */
  private void cutOff(CutOff call) throws SQLException {
    SQLException failure = call.failure();
    notes.early().forget();
    if (closed) {
      throw failure;
    }
    Failure kind = failureOf(failure, call.seat());
    if (call.seat().physical().isGivenUpByDriver(failure)
        || (!restores && kind != Failure.STATEMENT)) {
      close();
      throw failure;
    }
    switch (kind) {
      case STATEMENT -> throw failure;
      case CONNECTION_LOST -> rescue.of(call);
      case DEMOTED -> {
        // Refused, so nothing of it was done; the rest of the transaction never can be.
        call.seat().physical().condemn("it is a standby now");
        rescue.of(call.refused());
      }
      case TIMED_OUT -> {
        rescue.of(call.unrepeatable());
        if (call.noted().isEmpty()) {
          throw failure; // The application set that limit, and shall see it.
        }
      }
    }
  }

  /** Has no transaction replayed from now on, or again from the next one on. */
  void switchReplay(boolean on) {
    calls.lock();
    try {
      record.journal().switchOff(!on || !replays);
      if (isIdle()) {
        record.journal().clear();
      }
    } finally {
      calls.unlock();
    }
  }

  /** Something happens that cannot be replayed; it counts if a transaction is open. */
  void unprotect(Unprotected reason) {
    calls.lock();
    try {
      if (!closed && !isIdle()) {
        record.journal().unprotect(reason);
        record.protection().uncovered(reason.reason());
        if (reason.hidesWrites()) {
          record.journal().noteWrite();
        }
      }
    } finally {
      calls.unlock();
    }
  }

  /** The application is shown what a text drew from sequences. */
  void shown(KeyDraw draw, ResultTrace trace) {
    calls.lock();
    try {
      record.keys().shown(draw, trace, seats.current());
    } finally {
      calls.unlock();
    }
  }

  /** The application gets hold of the driver's own object, and may do anything with it. */
  void expose() {
    if (!closed) {
      physical().expose();
      unprotect(Unprotected.RAW_ACCESS);
    }
  }

  /**
   * Judges the failure of a call that was made past {@link #call}, on an object that leads back to
   * this session. Returns when the session is whole, so that the object may get itself another
   * delegate.
   *
   * @param wrote whether the call may have written
   */
  void recover(SQLException failure, boolean wrote) throws SQLException {
    calls.lock();
    try {
      Seat seat = seats.current();
      String state = failure.getSQLState();
      if (closed || state == null) {
        throw failure;
      }
      if (!seat.physical().isSevered()) {
        // Thrown by an object of a connection that was left before: that one may be renewed.
        if (state.equals("08003") || state.equals("08006")) {
          return;
        }
        throw failure;
      }
      StatementAnalysis like = wrote ? analyze("CALL baton_unseen()") : analyze("VALUES (1)");
      cutOff(new CutOff(seat, like, block(seat), true, 1, !wrote, List.of(), failure));
    } finally {
      calls.unlock();
    }
  }

  /** Whether the session works; one that is idle is rebuilt to find out. */
  boolean isValid(Duration timeout) throws SQLException {
    if (closed) {
      return false;
    }
    long nanos = timeout.isZero() ? Long.MAX_VALUE : timeout.toNanos();
    try {
      if (!calls.tryLock(nanos, TimeUnit.NANOSECONDS)) {
        return false;
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
    try {
      Seat seat = seats.current();
      int seconds = (int) timeout.toSeconds();
      if (!seat.physical().isSevered() && seat.physical().connection().isValid(seconds)) {
        return true;
      }
      if (!isIdle(seat) || !restores) {
        return false;
      }
      Deadline deadline = servers.within(servers.failoverTimeout());
      seats.move(
          new Departure(
              seat, seat.severed(), Outcome.NOT_COMMITTED, false, Arrival.PLAIN, deadline));
      return true;
    } catch (SQLException unavailable) {
      return false;
    } finally {
      calls.unlock();
    }
  }

  boolean isClosed() {
    return closed || seats.isLeft();
  }

  /** Ends the session; from any thread, without waiting for a call that is under way. */
  void close() {
    if (!closed && calls.tryLock()) {
      try {
        notes.forget(seats.current());
      } finally {
        calls.unlock();
      }
    }
    closed = true;
    record.protection().leave();
    gate.leave(this);
    moves.leave();
    seats.leave();
    servers.close();
  }
}

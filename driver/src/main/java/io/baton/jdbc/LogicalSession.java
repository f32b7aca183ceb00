package io.baton.jdbc;

import io.baton.BatonException.Interruption;
import io.baton.BatonException.Outcome;
import io.baton.NoServerException;
import io.baton.OutcomeUnknownException;
import io.baton.TransactionLostException;
import io.baton.failover.Failure;
import io.baton.failover.InterruptedCall;
import io.baton.failover.InterruptedCall.Block;
import io.baton.failover.InterruptedCall.Kind;
import io.baton.failover.InterruptedCall.Verdict;
import io.baton.jdbc.options.BatonOption;
import io.baton.jdbc.options.Reads;
import io.baton.jdbc.options.Replay;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.SessionTracker;
import io.baton.session.TransactionStatus;
import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.catalogue.ReadVerdict;
import io.baton.session.sql.StatementAnalysis;
import io.baton.session.sql.StatementAnalyzer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

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
final class LogicalSession {

  /** A call that itself ends every connection it is made on is not made for ever. */
  private static final int MOST_ATTEMPTS = 8;

  private static final StatementAnalyzer ANALYZER = new StatementAnalyzer();

  /** For calls that reach no server: creating a statement, and the like. */
  static final StatementAnalysis NOTHING = ANALYZER.analyze("");

  private final Servers servers;
  private final boolean readsOnReaders;
  private final boolean restores;
  private final ReentrantLock calls = new ReentrantLock();
  private final FunctionCatalogue catalogue;
  private final SessionTracker tracker;
  private final ClientSettings client;
  private final Seats seats;
  private volatile boolean closed;

  /** Whether a statement of the open transaction may have written. Guarded by calls. */
  private boolean blockWrote;

  LogicalSession(Servers servers, boolean readOnly) throws SQLException {
    this.servers = servers;
    this.readsOnReaders = servers.url().option(BatonOption.READS) != Reads.WRITER;
    this.restores = servers.url().option(BatonOption.REPLAY) != Replay.NONE;
    this.catalogue = servers.catalogue();
    this.tracker = new SessionTracker(catalogue);
    this.client = new ClientSettings(readOnly);
    this.seats = new Seats(servers, tracker, client);
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
      for (int attempt = 1; ; attempt++) {
        Seat seat = seatFor(analysis);
        Block block = block(seat);
        boolean sent = closed || !seat.physical().isSevered();
        SQLException failure;
        try {
          if (!sent) {
            throw severed(seat);
          }
          R result = execution.on(target.on(seat.physical()));
          if (analysis != NOTHING) {
            succeeded(seat, target, analysis);
          }
          return result;
        } catch (SQLException raised) {
          failure = raised;
        }
        failed(seat, analysis, new Attempt(attempt, block, sent), failure);
      }
    } finally {
      calls.unlock();
    }
  }

  /** One attempt at a call: the how-manieth, in which block, and whether it was sent. */
  private record Attempt(int number, Block block, boolean sent) {}

  private Seat seatFor(StatementAnalysis analysis) throws SQLException {
    Seat now = seats.current();
    if (analysis == NOTHING || closed || !isIdle(now)) {
      return now;
    }
    return seats.take(client.readOnly() && readsOnReaders);
  }

  private Block block(Seat seat) {
    return switch (seat.physical().transactionStatus()) {
      case IDLE -> client.autoCommit() ? Block.NONE : Block.BEGINS;
      case OPEN -> Block.OPEN;
      case FAILED -> Block.FAILED;
    };
  }

  private static SQLException severed(Seat seat) {
    String condemnation = seat.physical().condemnation();
    return new SQLException(
        "The connection to "
            + seat.physical().endpoint()
            + " is gone"
            + (condemnation == null ? "" : ": " + condemnation),
        "08006");
  }

  private void succeeded(Seat seat, Target<?> target, StatementAnalysis analysis)
      throws SQLException {
    TransactionStatus after = seat.physical().transactionStatus();
    tracker.succeeded(analysis, target.parameterValues(), after);
    settled(seat, analysis, after);
  }

  private void settled(Seat seat, StatementAnalysis analysis, TransactionStatus after)
      throws SQLException {
    if (after == TransactionStatus.IDLE) {
      blockWrote = false;
      seat.applied(tracker.state());
      if (tracker.needsReadBack() || catalogue.isStale()) {
        readBack(seat);
      }
    } else if (!blockWrote) {
      blockWrote = mayHaveWritten(analysis);
    }
  }

  private boolean mayHaveWritten(StatementAnalysis analysis) {
    return switch (Kind.of(analysis)) {
      case READ -> catalogue.verdict(analysis) != ReadVerdict.PROVEN;
      case SESSION, ROLLBACK -> false;
      case WORK, COMMIT, MAY_COMMIT -> true;
    };
  }

  /** Asks the server what only it knows; the call that made it necessary has ended well. */
  private void readBack(Seat seat) throws SQLException {
    try {
      refreshCatalogue(seat);
      if (tracker.needsReadBack()) {
        tracker.digest(Seats.inAutocommit(seat.physical(), tracker.readBack()::ask));
        seat.applied(tracker.state());
      }
    } catch (SQLException failure) {
      if (!seat.physical().isSeveredBy(failure)) {
        throw failure;
      }
      // The next call finds the connection gone, and the tracker says what was not read back.
    }
  }

  /** Returns if the call is to be made again; throws what the application shall see otherwise. */
  private void failed(Seat seat, StatementAnalysis analysis, Attempt attempt, SQLException failure)
      throws SQLException {
    if (closed) {
      throw failure;
    }
    PhysicalConnection physical = seat.physical();
    if (physical.isGivenUpByDriver(failure)) {
      close();
      throw failure;
    }
    Failure kind =
        Failure.of(
            failure, physical.isSeveredBy(failure), physical.isOnStandby(), seat.isOnWriter());
    switch (kind) {
      case STATEMENT -> {
        TransactionStatus after = physical.transactionStatus();
        if (analysis != NOTHING) {
          tracker.failed(analysis, after);
          settled(seat, analysis, after);
        }
        throw failure;
      }
      case DEMOTED -> {
        // Refused, so nothing of it was done; the rest of the transaction never can be.
        physical.condemn("it is a standby now");
        interrupted(
            seat, analysis, interruption(analysis, attempt.block(), false), attempt, failure);
      }
      case CONNECTION_LOST ->
          interrupted(
              seat,
              analysis,
              interruption(analysis, attempt.block(), attempt.sent()),
              attempt,
              failure);
      case TIMED_OUT -> {
        interrupted(
            seat,
            analysis,
            interruption(analysis, attempt.block(), attempt.sent()),
            attempt,
            failure);
        throw failure; // The application set that limit, and shall see it.
      }
    }
  }

  /**
   * A text that would only read if its functions do is in doubt until the catalogue says so, and
   * that can be asked only where the session goes on.
   */
  private InterruptedCall interruption(StatementAnalysis analysis, Block block, boolean sent) {
    Kind kind = Kind.of(analysis);
    boolean unproven = kind == Kind.READ && catalogue.verdict(analysis) != ReadVerdict.PROVEN;
    return new InterruptedCall(unproven ? Kind.WORK : kind, sent, block, blockWrote);
  }

  private boolean isProvenNow(StatementAnalysis analysis) {
    if (!analysis.isReadCandidate()) {
      return false;
    }
    catalogue.invalidate();
    try {
      refreshCatalogue(seats.current());
      return catalogue.verdict(analysis) == ReadVerdict.PROVEN;
    } catch (SQLException unanswered) {
      return false;
    }
  }

  private void refreshCatalogue(Seat seat) throws SQLException {
    if (catalogue.claimRefresh()) {
      Seats.inAutocommit(
          seat.physical(),
          connection -> {
            catalogue.refresh(connection);
            return true;
          });
    }
  }

  private void interrupted(
      Seat seat,
      StatementAnalysis analysis,
      InterruptedCall call,
      Attempt attempt,
      SQLException failure)
      throws SQLException {
    Verdict verdict = call.verdict();
    if (!restores) {
      close();
      throw failure;
    }
    if (call.block() == Block.OPEN || call.block() == Block.FAILED) {
      tracker.transactionEnded(verdict == Verdict.RUN_AGAIN && call.kind() == Kind.COMMIT);
    }
    blockWrote = false;
    switch (verdict) {
      case RUN_AGAIN -> {
        seats.move(seat, failure, Outcome.NOT_COMMITTED, false);
        if (attempt.number() >= MOST_ATTEMPTS) {
          throw failure;
        }
      }
      case RUN_AGAIN_FAILED -> seats.move(seat, failure, Outcome.NOT_COMMITTED, true);
      case TRANSACTION_LOST -> {
        seats.move(seat, failure, Outcome.NOT_COMMITTED, true);
        throw transactionLost(seat, failure);
      }
      case OUTCOME_IN_DOUBT -> {
        try {
          seats.move(seat, failure, Outcome.UNKNOWN, false);
        } catch (NoServerException none) {
          none.addSuppressed(failure);
          throw outcomeUnknown(analysis, seat, none);
        }
        if (!isProvenNow(analysis)) {
          throw outcomeUnknown(analysis, seat, failure);
        }
      }
    }
  }

  private TransactionLostException transactionLost(Seat lost, SQLException failure) {
    String left = lost.physical().endpoint().toString();
    String now = seats.current().physical().endpoint().toString();
    return new TransactionLostException(
        "The transaction was cut off when the connection to "
            + left
            + " was lost, and is not committed. The session goes on at "
            + now
            + ": roll back and run the transaction again",
        new Interruption(
            Outcome.NOT_COMMITTED, "no COMMIT had been sent when it was cut off", left, now),
        failure);
  }

  private OutcomeUnknownException outcomeUnknown(
      StatementAnalysis analysis, Seat lost, SQLException failure) {
    String left = lost.physical().endpoint().toString();
    Seat seat = seats.current();
    String now = seat == lost ? null : seat.physical().endpoint().toString();
    boolean isCommit = Kind.of(analysis) == Kind.COMMIT;
    return new OutcomeUnknownException(
        (isCommit ? "The COMMIT" : "The statement, which commits by itself,")
            + " was cut off when the connection to "
            + left
            + " was lost, and whether it took place is not known. Ask the data before doing the"
            + " work again",
        new Interruption(
            Outcome.UNKNOWN,
            "the connection was lost between the request and its answer",
            left,
            now),
        failure);
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
      failed(seat, like, new Attempt(1, block(seat), true), failure);
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
      seats.move(seat, severed(seat), Outcome.NOT_COMMITTED, false);
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
    closed = true;
    seats.leave();
    servers.close();
  }
}

package io.baton.jdbc;

import io.baton.BatonException.Outcome;
import io.baton.failover.Deadline;
import io.baton.failover.Failure;
import io.baton.failover.HandOvers;
import io.baton.failover.HandOvers.Attempt;
import io.baton.failover.HandOvers.Moved;
import io.baton.failover.HandOvers.NotThere;
import io.baton.failover.HandOvers.Staying;
import io.baton.failover.HandOvers.Waiting;
import io.baton.failover.InterruptedCall.Block;
import io.baton.failover.InterruptedCall.Kind;
import io.baton.failover.ReplayGate;
import io.baton.jdbc.Departure.Arrival;
import io.baton.jdbc.options.AutocommitWrites;
import io.baton.jdbc.options.BatonOption;
import io.baton.jdbc.options.CommitOutcome;
import io.baton.jdbc.options.Reads;
import io.baton.jdbc.options.Replay;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.CausalClock;
import io.baton.routing.ConsistencyToken;
import io.baton.routing.Endpoint;
import io.baton.routing.EndpointLoad;
import io.baton.routing.RouteDecision;
import io.baton.routing.RouteHint;
import io.baton.routing.Router;
import io.baton.routing.Router.Pin;
import io.baton.session.ProtectionTally;
import io.baton.session.TransactionStatus;
import io.baton.session.catalogue.ReadVerdict;
import io.baton.session.journal.Journal;
import io.baton.session.journal.Unprotected;
import io.baton.session.sql.RoutingHint;
import io.baton.session.sql.StatementAnalysis;
import io.baton.session.sql.StatementAnalyzer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGNotification;

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
final class LogicalSession implements ReplayGate.Member, HandOvers.Member {

  private static final AtomicLong NUMBERS = new AtomicLong();

  private static final StatementAnalyzer ANALYZER = new StatementAnalyzer();

  /** For calls that reach no server: creating a statement, and the like. */
  static final StatementAnalysis NOTHING = ANALYZER.analyze("");

  private final Servers servers;
  private final Router router;
  private final boolean readsByProof;
  private final @Nullable CausalClock clock;
  private final boolean restores;
  private final boolean replays;
  private final CommitNotes notes;
  private final ReentrantLock calls = new ReentrantLock();
  private final ClientSettings client;
  private final Seats seats;
  private volatile boolean closed;

  /** What the calls did. Guarded by calls. */
  private final SessionRecord record;

  private final long number = NUMBERS.incrementAndGet();
  private final HandOvers handOvers;

  /** A move to another server that is being prepared, or has ended and was not told yet. */
  private volatile @Nullable Relocation relocation;

  /** What the server that was left had to say. */
  private final Queue<PGNotification> heard = new ConcurrentLinkedQueue<>();

  private final ReplayGate gate;
  private final Rescue rescue;
  private final int retries;
  private final @Nullable ProtectedWrites writes;

  LogicalSession(Servers servers, boolean readOnly) throws SQLException {
    this.servers = servers;
    Reads reads = servers.url().option(BatonOption.READS);
    this.router = new Router(routed(reads));
    this.readsByProof = reads == Reads.AUTO;
    this.clock = servers.clock();
    Replay replay = servers.url().option(BatonOption.REPLAY);
    this.restores = replay != Replay.NONE;
    this.client = new ClientSettings(readOnly);
    this.record =
        new SessionRecord(
            servers.catalogue(),
            new Journal<>(servers.url().option(BatonOption.JOURNAL_MAX_BYTES)),
            new ProtectionAccount(servers.protection()),
            restores
                && servers.url().option(BatonOption.AUTOCOMMIT_WRITES) == AutocommitWrites.PROTECT);
    this.notes =
        new CommitNotes(
            restores ? servers.url().option(BatonOption.COMMIT_OUTCOME) : CommitOutcome.NONE);
    this.replays = replay == Replay.TRANSACTION;
    if (!replays) {
      record.journal().switchOff(true);
    }
    this.seats = new Seats(servers, record.tracker(), client);
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
    this.handOvers = servers.handOvers();
    gate.join(this);
    handOvers.join(this);
  }

  // --------------------------------------------------------------------------------- hand-over

  @Override
  public long number() {
    return number;
  }

  @Override
  public boolean isAt(Endpoint endpoint) {
    return seats.isAt(endpoint);
  }

  @Override
  public Attempt handOver(Endpoint leaving, @Nullable Endpoint to) {
    if (closed) {
      return new NotThere();
    }
    try {
      Relocation moving = relocation;
      if (moving == null) {
        Seat seat = seats.current();
        if (!seat.physical().endpoint().equals(leaving)) {
          return leaveSpare(leaving);
        }
        Deadline deadline = servers.within(servers.failoverTimeout());
        Optional<Seat> instead = servers.openInsteadOf(seat, to, deadline);
        if (instead.isEmpty()) {
          return new Waiting(
              "there is no other server that " + (seat.isOnWriter() ? "takes writes" : "reads"));
        }
        moving = new Relocation(seat, instead.get());
        moving.prepare(record.tracker().state());
        relocation = moving;
      }
      if (moving.end() == null && calls.tryLock()) {
        try {
          relocate();
        } finally {
          calls.unlock();
        }
      }
      return told(moving);
    } catch (SQLException failure) {
      stay();
      return new Waiting(String.valueOf(failure.getMessage()));
    }
  }

  private Attempt told(Relocation moving) {
    Attempt end = moving.end();
    if (end == null) {
      return moving.waiting();
    }
    relocation = null;
    return end;
  }

  private Attempt leaveSpare(Endpoint leaving) {
    if (!calls.tryLock()) {
      return new Waiting("a call is under way");
    }
    try {
      seats.leaveSpare(leaving);
      return new NotThere();
    } finally {
      calls.unlock();
    }
  }

  @Override
  public @Nullable Attempt stay() {
    Relocation moving = relocation;
    if (moving == null) {
      return null;
    }
    while (moving.end() == null && !moving.take()) {
      Thread.onSpinWait(); // It takes place at this moment, within a few round trips.
    }
    Attempt end = moving.end();
    if (end == null) {
      moving.seat().leave();
    }
    relocation = null;
    return end;
  }

  /**
   * Exchanges the seat for the one that has been prepared, if the session is between transactions.
   * Whatever fails leaves it where it is.
   */
  private void relocate() {
    Relocation moving = relocation;
    if (moving == null || moving.end() != null || closed || !isIdle() || !moving.take()) {
      return;
    }
    List<PGNotification> said = new ArrayList<>();
    Attempt attempt = finished(moving, said);
    if (attempt instanceof Moved) {
      heard.addAll(said);
      seats.exchange(moving.from(), moving.seat());
    } else if (attempt instanceof Waiting waiting && !moving.isBroken()) {
      moving.giveBack(waiting);
      return;
    } else {
      moving.seat().leave();
    }
    moving.end(attempt);
  }

  private Attempt finished(Relocation moving, List<PGNotification> said) {
    if (moving.from() != seats.current()) {
      return new NotThere();
    }
    try {
      return moving.finish(record.tracker(), client, said);
    } catch (SQLException failure) {
      String message = String.valueOf(failure.getMessage());
      return moving.isBroken() ? new Waiting(message) : new Staying(message);
    }
  }

  /** A moment at which the session can be moved, while the application waits for notifications. */
  void pauseBetweenNotifications() {
    if (relocation != null) {
      calls.lock(); // Waited for, or whoever moves the session might never get its turn to ask.
      try {
        relocate();
      } finally {
        calls.unlock();
      }
    }
  }

  /** What a server that was left had to say, once. */
  List<PGNotification> takeHeard() {
    if (heard.isEmpty()) {
      return List.of();
    }
    List<PGNotification> taken = new ArrayList<>();
    for (PGNotification next = heard.poll(); next != null; next = heard.poll()) {
      taken.add(next);
    }
    return taken;
  }

  private static Router.Reads routed(Reads reads) {
    return switch (reads) {
      case DECLARED -> Router.Reads.DECLARED;
      case AUTO -> Router.Reads.AUTO;
      case WRITER -> Router.Reads.WRITER;
    };
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
          if (clock != null) {
            clock.wrote();
          }
        }
      }
      notes.clear();
      boolean refused = false;
      for (int attempt = 1; ; attempt++) {
        if (gate.isClosed() && isIdle() && analysis != NOTHING) {
          gate.pass();
        }
        if (relocation != null && analysis != NOTHING) {
          relocate();
        }
        Seat seat = refused ? seats.take(RouteDecision.TO_WRITER) : seatFor(analysis);
        Block block = block(seat);
        boolean counts = mayShowWrites(seat, analysis, block);
        EndpointLoad load = seat.load();
        long began = begin(load);
        boolean sent = closed || !seat.physical().isSevered();
        SQLException failure;
        try {
          if (!sent) {
            throw severed(seat);
          }
          if (notes.isWanted(analysis, block, record.mayHaveWritten(seat))) {
            sent = false;
            notes.note(seat);
            if (target instanceof RoutedStatement) {
              notes.writeDue(seat.physical());
            }
            sent = true;
          }
          R result = execution.on(target.on(seat.physical()));
          if (analysis != NOTHING) {
            record.succeeded(seat, target, analysis, execution, result);
          }
          return result;
        } catch (SQLException raised) {
          failure = raised;
        } finally {
          if (counts && clock != null) {
            clock.wrote();
          }
          if (load != null) {
            load.end(System.nanoTime() - began);
          }
        }
        if (isOfStatement(failure, seat)) {
          if (!refused && isForTheWriter(failure, seat, block, analysis)) {
            refused = true;
            continue;
          }
          if (attempt <= retries
              && seat.physical().isConflict(failure)
              && rescue.retries(
                  new CutOff(seat, analysis, block, sent, attempt, true, List.of(), failure))) {
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
    return seats.take(route(analysis));
  }

  /**
   * Where a statement is to run that begins now, outside of a transaction. A session with state
   * that only its server has is not sent elsewhere by a hint either: it would not be the same
   * session.
   */
  private RouteDecision route(StatementAnalysis analysis) {
    boolean pinned = record.tracker().state().isPinned();
    RoutingHint hint = pinned ? null : analysis.hint();
    boolean proven =
        readsByProof
            && client.autoCommit()
            && analysis.isReadCandidate()
            && servers.catalogue().verdict(analysis) == ReadVerdict.PROVEN;
    return router.route(
        hint == null ? null : asked(hint),
        pinned ? Pin.STATE : Pin.NONE,
        client.readOnly(),
        proven);
  }

  private static RouteHint asked(RoutingHint hint) {
    String endpoint = hint.endpoint();
    return switch (hint.target()) {
      case WRITER -> RouteHint.WRITER;
      case READER -> RouteHint.READER;
      case ENDPOINT -> RouteHint.endpoint(Endpoint.parse(String.valueOf(endpoint)));
    };
  }

  /** Where a text would run if it were the next, and why; asks nobody. */
  String explainRoute(String sql) {
    RouteDecision decision =
        isIdle()
            ? route(analyze(sql))
            : router.route(null, Pin.TRANSACTION, client.readOnly(), false);
    return decision.toString();
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

  /** Has readers show what a token stands for. */
  void requireConsistency(String token) throws SQLException {
    CausalClock clock = servers.clock();
    if (clock == null) {
      throw new SQLException(
          "With baton.consistency=eventual nothing can be required of readers: use process or"
              + " session",
          "55000");
    }
    try {
      clock.require(ConsistencyToken.parse(token));
    } catch (IllegalArgumentException malformed) {
      throw new SQLException(malformed.getMessage(), "22023", malformed);
    }
  }

  /** Whether a call, as it ends, may have made a write visible to others. */
  private boolean mayShowWrites(Seat seat, StatementAnalysis analysis, Block block) {
    if (clock == null || !seat.isOnWriter() || analysis == NOTHING) {
      return false;
    }
    return switch (Kind.of(analysis)) {
      case READ ->
          block == Block.NONE && servers.catalogue().verdict(analysis) != ReadVerdict.PROVEN;
      case SESSION, ROLLBACK -> false;
      case COMMIT -> record.mayHaveWritten(seat);
      case WORK -> block == Block.NONE;
      case MAY_COMMIT -> true;
    };
  }

  /**
   * Whether a read that a standby could not answer is to be answered by the writer: it reads what
   * standbys do not have (unlogged tables), or stood in the way of their replay.
   */
  private boolean isForTheWriter(
      SQLException failure, Seat seat, Block block, StatementAnalysis analysis) {
    String state = failure.getSQLState();
    return !seat.isOnWriter()
        && block == Block.NONE
        && analysis.isReadCandidate()
        && servers.catalogue().verdict(analysis) == ReadVerdict.PROVEN
        && ("0A000".equals(state) || "40001".equals(state) || "25006".equals(state));
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
              seat, severed(seat), Outcome.NOT_COMMITTED, false, Arrival.PLAIN, deadline));
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
    gate.leave(this);
    handOvers.leave(this);
    Relocation moving = relocation;
    if (moving != null) {
      moving.seat().leave();
    }
    seats.leave();
    servers.close();
  }
}

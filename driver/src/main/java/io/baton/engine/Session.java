package io.baton.engine;

import io.baton.NoServerException;
import io.baton.failover.ReplayGate;
import io.baton.jdbc.options.RequestEnd;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.consistency.Tables;
import io.baton.routing.topology.Endpoint;
import io.baton.session.ProtectionTally;
import io.baton.session.SessionState;
import io.baton.session.journal.ReplayBlocker;
import io.baton.session.sql.KeyDraw;
import io.baton.session.sql.StatementAnalysis;
import io.baton.session.sql.StatementAnalyzer;
import io.baton.session.written.WrittenSession;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The session behind a logical connection, through which every call goes that may reach a server.
 *
 * <p>A call is placed on the connection that is right for it, made there, and recorded. If that
 * fails, the {@link RecoveryPlanner} says what comes next, and a {@link CallRecovery} does it: then
 * the call is made again, or ends as the contract with the application allows.
 *
 * <p>Calls of one session run one after the other, as the PostgreSQL driver runs them anyhow; the
 * lock for it belongs to this session alone, so no call ever waits for another session. {@link
 * #close}, {@link #abort}, {@link #cancel} and {@link #isClosed} wait for no call, and end a
 * recovery that is under way.
 */
public final class Session
    implements ReplayGate.Member, ProtectedWrites.Caller, HandedOutObjects.Owner {

  private static final StatementAnalyzer ANALYZER = new StatementAnalyzer();
  private static final StatementAnalysis COMMIT = ANALYZER.analyze("COMMIT");
  private static final StatementAnalysis ROLLBACK = ANALYZER.analyze("ROLLBACK");

  /** How long a call waits for the first look at the catalogue, from the opening of its session. */
  private static final Duration CATALOGUE_WAIT = Duration.ofMillis(250);

  private static final Execution<Connection, Boolean> ROLL_BACK =
      physical -> {
        physical.rollback();
        return true;
      };
  private static final Execution<Connection, Boolean> ROLL_BACK_BLOCK =
      physical -> {
        PhysicalConnection.executeAsItIs(physical, "ROLLBACK");
        return true;
      };

  private final SessionParts parts;
  private final ClusterHandle cluster;
  private final SessionRouting routing;
  private final ReentrantLock calls = new ReentrantLock();
  private final ClientSettings client;
  private final SessionConnections connections;

  /** What the calls did. Guarded by calls. */
  private final CallRecorder recorder;

  private final @Nullable ProtectedWrites writes;
  private final SessionStop stop;
  private final CommitExecution commit;
  private final CallMaker maker;
  private final TransactionEnds ends;
  private final IdleRestoration restoration;
  private final HandedOutObjects handedOut;

  /** Null if no connections wait for it. */
  private final WarmConnections.@Nullable Share warm;

  private final WarmLogin.Caller caller;

  /**
   * Until when, by {@link System#nanoTime}, a call waits for the first look at the catalogue.
   * Guarded by calls.
   */
  private final long catalogueBy;

  /** Whether no call does so any more. Guarded by calls. */
  private boolean waitsForNoCatalogue;

  /** What the call does that is under way and not recorded; null if none is. Guarded by calls. */
  private @Nullable StatementAnalysis unrecorded;

  /** What was set while a call was under way. */
  private final Queue<Change> later = new ConcurrentLinkedQueue<>();

  /**
   * Opens a session.
   *
   * @param cluster its share in the cluster, which is closed with the session
   * @param readOnly whether the connection is read-only from the start
   * @throws SQLException what the server said, untouched; or {@link NoServerException} if there is
   *     no server in time
   */
  public Session(ClusterHandle cluster, boolean readOnly) throws SQLException {
    this.cluster = cluster;
    this.parts = SessionParts.of(cluster, readOnly, calls, this, this::close);
    this.routing = parts.routing();
    this.client = parts.client();
    this.connections = parts.connections();
    this.recorder = parts.recorder();
    this.stop = parts.stop();
    this.commit = new CommitExecution(parts.notes(), connections, recorder);
    this.maker = new CallMaker(parts);
    this.ends = new TransactionEnds(connections, recorder, maker, stop);
    this.restoration = new IdleRestoration(parts, maker);
    this.handedOut = new HandedOutObjects(this, parts, maker, calls);
    this.warm = cluster.warm();
    this.caller = maker::hasCalledWithin;
    this.writes = parts.protects() ? new ProtectedWrites(this, client, cluster.catalogue()) : null;
    try {
      parts.notes().check(connections.current());
    } catch (SQLException refused) {
      connections.leave();
      throw refused;
    }
    this.catalogueBy = System.nanoTime() + CATALOGUE_WAIT.toNanos();
    this.waitsForNoCatalogue = !parts.restores();
    recorder.protection().join();
    parts.gate().join(this);
    parts.moves().join();
    if (warm != null) {
      warm.join(caller);
    }
    ClusterIntroduction.tellOnce(cluster);
  }

  // -------------------------------------------------------------------------------------- calls

  /** Makes the cache of texts that were analysed: see {@link HeadStart}. */
  static void makeCache() {
    ANALYZER.makeCache();
  }

  /** What a text does, as the session's server would read it. */
  public StatementAnalysis analyze(String sql) {
    return ANALYZER.analyze(sql, physical().standardConformingStrings());
  }

  @Override
  public <R> R call(StatementAnalysis analysis, Execution<? super Connection, R> execution)
      throws SQLException {
    return call(Target.CONNECTION, analysis, execution);
  }

  /**
   * Makes a call that may reach a server.
   *
   * @param target what it is made on
   * @param analysis what it does
   * @param execution the call itself; made again if the session moves and the contract allows it
   * @throws SQLException the statement's own error, untouched; or one of {@link
   *     io.baton.BatonException}
   */
  public <D, R> R call(
      Target<D> target, StatementAnalysis analysis, Execution<? super D, R> execution)
      throws SQLException {
    calls.lock();
    try {
      if (!later.isEmpty()) {
        changeNow();
      }
      if (!waitsForNoCatalogue) {
        awaitCatalogue(analysis);
      }
      CallEffect effect = CallEffect.of(analysis, recorder.catalogue());
      Call<D, R> call = new Call<>(target, analysis, effect, execution, System.nanoTime());
      if (writes != null && writes.concerns(call)) {
        try {
          return writes.make(call);
        } finally {
          routing.wrote(recorder.written(call));
        }
      }
      return maker.make(call);
    } finally {
      calls.unlock();
    }
  }

  /** The first call that names something waits for the catalogue, which may prove it harmless. */
  private void awaitCatalogue(StatementAnalysis analysis) {
    if (!analysis.isPlain()) {
      waitsForNoCatalogue = true;
      Duration left = Duration.ofNanos(Math.max(0, catalogueBy - System.nanoTime()));
      cluster.catalogueReading().awaitFirst(left);
    }
  }

  @Override
  public <D, R> R make(Call<D, R> call) throws SQLException {
    ComparedWrites comparedWrites = parts.comparedWrites();
    if (comparedWrites == null) {
      return maker.make(call);
    }
    comparedWrites.suspend(true); // It is run anew and not replayed: there is nothing to compare.
    try {
      return maker.make(call);
    } finally {
      comparedWrites.suspend(false);
    }
  }

  /**
   * Judges the failure of a call that was made past {@link #call}, on an object that leads back to
   * this session. Returns when the session is whole, so that the object may get itself another
   * delegate.
   *
   * @param wrote whether the call may have written, or cannot be made again
   * @throws SQLException what the application is told
   */
  public void recover(SQLException failure, boolean wrote) throws SQLException {
    calls.lock();
    try {
      maker.recover(failure, wrote, unrecorded);
    } finally {
      calls.unlock();
    }
  }

  // ------------------------------------------------------------------------------- transactions

  /** Commits the transaction under way, as {@code Connection.commit}. */
  public void commit() throws SQLException {
    calls.lock();
    try {
      if (!ends.isNothingToCommit()) {
        call(Target.CONNECTION, COMMIT, commit);
      }
    } finally {
      calls.unlock();
    }
  }

  @Override
  public void commitUnreplayed(Call<?, ?> write) throws SQLException {
    OpenTransaction transaction = recorder.transaction();
    if (transaction != null) {
      transaction.block(ReplayBlocker.SWITCHED_OFF);
    }
    if (!ends.isNothingToCommit()) {
      ProtectedCommit ending = new ProtectedCommit(write, commit, connections, stop);
      maker.make(new Call<>(ending, COMMIT, CallEffect.COMMIT, ending, write.began()));
    }
  }

  /** Rolls the transaction under way back, as {@code Connection.rollback}. */
  @Override
  public void rollback() throws SQLException {
    rollback(ROLL_BACK);
  }

  /** Rolls back a transaction that was begun by a text, in whatever mode the connection is. */
  void rollbackBlock() throws SQLException {
    rollback(ROLL_BACK_BLOCK);
  }

  private void rollback(Execution<Connection, Boolean> execution) throws SQLException {
    calls.lock();
    try {
      if (!ends.isNothingToRollBack()) {
        call(Target.CONNECTION, ROLLBACK, execution);
      }
    } catch (NoServerException none) {
      // The transaction is gone all the same: the next call looks for a server again.
      if (recorder.transaction() != null) {
        throw none;
      }
    } finally {
      calls.unlock();
    }
  }

  /** Whether the transaction was lost, and the application has not rolled back since. */
  boolean hasLostTransaction() {
    OpenTransaction now = recorder.transaction();
    return now != null && now.isLost();
  }

  /** Whether a transaction was lost in its COMMIT, and not rolled back since. */
  public boolean hasLostCommit() {
    OpenTransaction now = recorder.transaction();
    return now != null && now.isLost() && now.refusesCommit();
  }

  /**
   * Whether no transaction is open, as the server last reported. The call of another thread is
   * waited for: while it is recovered, its transaction is on no server.
   */
  @Override
  public boolean isIdle() {
    calls.lock();
    try {
      return maker.isIdle(connections.current());
    } finally {
      calls.unlock();
    }
  }

  /** Some steps that are to be one. */
  @FunctionalInterface
  public interface Steps {
    /** Takes them. */
    void take() throws SQLException;
  }

  /** Takes steps between which no call of another thread comes. */
  public void asOne(Steps steps) throws SQLException {
    calls.lock();
    try {
      steps.take();
    } finally {
      calls.unlock();
    }
  }

  /**
   * Has the driver ask what the same server answers in every transaction. If none is open, none
   * begins by it.
   *
   * @param question what may have the driver ask the connection that the session stands on
   * @throws SQLException what the question throws
   */
  public <R> R aside(PhysicalConnection.Work<R> question) throws SQLException {
    if (client.autoCommit()) {
      return question.on(physical().connection());
    }
    calls.lock();
    try {
      PhysicalConnection physical = physical();
      return isIdle() && !physical.isSevered()
          ? physical.inAutocommit(question)
          : question.on(physical.connection());
    } finally {
      calls.unlock();
    }
  }

  @Override
  public boolean isEndedForGood() {
    return maker.isEndedForGood();
  }

  /** Switches replay off from now on, or on from the next transaction. */
  public void switchReplay(boolean on) {
    calls.lock();
    try {
      recorder.switchReplay(on && parts.replays());
    } finally {
      calls.unlock();
    }
  }

  /** Something happens that cannot be replayed; it counts if a transaction is open. */
  @Override
  public void block(ReplayBlocker reason) {
    block(reason, reason.hidesWrites());
  }

  /**
   * Something happens that cannot be replayed.
   *
   * @param outOfSight whether no text tells what it may do to the session
   */
  private void block(ReplayBlocker reason, boolean outOfSight) {
    calls.lock();
    try {
      if (stop.isClosed()) {
        return;
      }
      if (outOfSight) {
        recorder.tracker().touchedOutOfSight();
      }
      if (!isIdle()) {
        recorder.block(reason, connections.current().transactionStatus());
      } else if (reason.hidesWrites()) {
        maker.identifyAhead(connections.current());
      }
    } finally {
      calls.unlock();
    }
  }

  /** The application is shown what a text drew from sequences. */
  public void shown(KeyDraw draw, ResultTrace trace) {
    calls.lock();
    try {
      parts
          .keys()
          .shown(
              draw,
              trace,
              recorder.transaction(),
              connections.current(),
              recorder.tracker().state());
    } finally {
      calls.unlock();
    }
  }

  /** So much more is kept for the last recorded call. */
  public void keeps(long estimatedBytes) {
    if (estimatedBytes > 0) {
      calls.lock();
      try {
        recorder.grew(estimatedBytes);
      } finally {
        calls.unlock();
      }
    }
  }

  /**
   * The application has read a row with keys.
   *
   * @param estimatedBytes how much more is kept of what it has seen
   */
  public void readKeys(long estimatedBytes) {
    calls.lock();
    try {
      recorder.grew(estimatedBytes);
      parts.keys().read(recorder.transaction(), connections.current(), recorder.tracker().state());
    } finally {
      calls.unlock();
    }
  }

  /** What the session hands out of the driver's own objects. */
  public HandedOutObjects handedOut() {
    return handedOut;
  }

  /**
   * Makes a call on an object that leads back to this session: it is neither routed nor recorded.
   * If it fails, it leads to {@link #recover}.
   *
   * @param reason why its transaction cannot be replayed
   * @param analysis a text that does to the session what the call does
   */
  public void unrecorded(ReplayBlocker reason, StatementAnalysis analysis, Steps call)
      throws SQLException {
    calls.lock();
    try {
      block(reason, false);
      unrecorded = analysis;
      call.take();
      if (!stop.isClosed()) {
        recorder.ranUnrecorded(connections.current(), analysis, reason);
      }
    } finally {
      unrecorded = null;
      if (!analysis.isReadCandidate()) {
        routing.wrote(Tables.ALL);
      }
      calls.unlock();
    }
  }

  // ------------------------------------------------------------------------------------- settings

  /** What the application set on its connection. */
  public ClientSettings client() {
    return client;
  }

  /** What a change of the client's settings does. */
  @FunctionalInterface
  public interface Change {
    /** Makes it. */
    void on(ClientSettings client) throws SQLException;
  }

  /** Changes the client's settings, and applies them to the present connection. */
  public void change(Change change) throws SQLException {
    calls.lock();
    try {
      change.on(client);
      SessionConnection connection = connections.current();
      if (!stop.isClosed() && !connection.physical().isSevered()) {
        if (maker.isIdle(connection)) {
          connection.apply(client);
        } else if (!client.autoCommit()) {
          // A text has begun the transaction; as with the driver, commit() may end it from now on.
          connection.physical().connection().setAutoCommit(false);
        }
      }
    } finally {
      calls.unlock();
    }
  }

  void autoCommit(boolean autoCommit) throws SQLException {
    change(settings -> settings.autoCommit(autoCommit));
  }

  @Override
  public void protect(boolean on) throws SQLException {
    change(settings -> settings.protects(on));
  }

  /**
   * Changes settings that the driver applies to the present connection by itself, and that count
   * for the next one: without waiting for a call of another thread, after which they are taken
   * over.
   */
  public void changeSoon(Change change) throws SQLException {
    later.add(change);
    if (calls.tryLock()) {
      try {
        changeNow();
      } finally {
        calls.unlock();
      }
    }
  }

  /** Sets the prepare threshold of the application's statements; from any thread, at once. */
  public void setPrepareThreshold(int threshold) {
    connections.setPrepareThreshold(threshold);
  }

  /** Takes over what was set while a call was under way. */
  private void changeNow() throws SQLException {
    for (Change next = later.poll(); next != null; next = later.poll()) {
      change(next);
    }
  }

  /** Returns what is known of the session's state after its last call. */
  public SessionState state() {
    calls.lock();
    try {
      recorder.tracker().judge();
      return recorder.tracker().state();
    } finally {
      calls.unlock();
    }
  }

  /** What becomes of state that a request has left behind: {@code baton.requestEnd}. */
  public RequestEnd requestEnd() {
    return parts.requestEnd();
  }

  /**
   * Whether a type has the same identifier wherever the session was: another cluster, to which a
   * cut over leads, has its own.
   */
  public boolean keepsTypes() {
    return parts.cluster().cluster().cutovers().newest() == null;
  }

  // ---------------------------------------------------------------------------- where it stands

  @Override
  public Endpoint place() {
    return physical().endpoint();
  }

  /** The number of the session in this JVM, as logs and hand-over reports name it. */
  public long number() {
    return parts.moves().number();
  }

  /** The endpoint ({@code host:port}) that the session is on. */
  public String endpoint() {
    return place().toString();
  }

  @Override
  public int recordedCalls() {
    return recorder.recordedCalls();
  }

  /** Tells of every move from now on. */
  public void follow(Consumer<PhysicalConnection> follower) {
    connections.follow(follower);
  }

  /** The connection that the session stands on now. */
  public PhysicalConnection physical() {
    return connections.current().physical();
  }

  /**
   * What answers a call that needs no server: the connection that the session stands on or, while
   * that is gone, one of the driver's without a server. It never waits for a server.
   *
   * @throws SQLException if the driver refuses its properties
   */
  public PhysicalConnection local() throws SQLException {
    return connections.local();
  }

  /**
   * Restores the session, which is idle and of which nothing was asked, after the loss of its
   * connection.
   *
   * @param lost the connection that was lost; nothing is done if the session is on another by now
   * @param failure what said so; null if it is known anyhow
   * @param patience how long it may take; zero for as long as a recovery may
   * @return whether it is whole; if not, it is to be tried again
   * @throws SQLException what the contract with the application says, if it cannot be restored
   */
  public boolean restore(PhysicalConnection lost, @Nullable SQLException failure, Duration patience)
      throws SQLException {
    calls.lock();
    try {
      return restoration.restore(lost, failure, patience);
    } finally {
      calls.unlock();
    }
  }

  /** The URL that the session was opened with, as it would be for pgjdbc. */
  public String url() {
    return cluster.url().ownText();
  }

  /** The database that the session is connected to, or was last. */
  public String database() {
    return cluster.url().databaseAt(physical().endpoint());
  }

  /** Where a text would run if it were the next, and why; asks no server. */
  public String explainRoute(String sql) throws SQLException {
    boolean isIdle = maker.isIdle(connections.current()); // It waits for no call.
    return (isIdle ? routing.route(analyze(sql)) : routing.inTransaction()).toString();
  }

  /** What moves the session on request. */
  public PlannedMoves moves() {
    return parts.moves();
  }

  /** Has reads of this session on readers show what a token stands for. */
  public void requireConsistency(String token) throws SQLException {
    calls.lock();
    try {
      parts.tokens().require(token, isIdle());
    } catch (NoServerFound none) {
      throw SessionParts.noServer(none);
    } finally {
      calls.unlock();
    }
  }

  /**
   * Writes the session down. If its server is lost, it is restored first.
   *
   * @return the text that {@link #resume} takes
   * @throws SQLException 25001 inside of a transaction; 55000 if a part of it cannot be written
   *     down
   */
  public String write() throws SQLException {
    calls.lock();
    try {
      if (!isIdle()) {
        throw new SQLException(
            "A session is written down outside of a transaction: commit or roll back first.",
            "25001");
      }
      PhysicalConnection present = physical();
      if (present.isSevered()) {
        restoration.restore(present, null, Duration.ZERO);
      }
      SessionWriting writing = new SessionWriting(parts);
      try {
        return writing.write();
      } catch (SQLException failure) {
        maker.recover(failure, false, null); // Of another kind than a loss, it is thrown again.
        return writing.write();
      }
    } finally {
      calls.unlock();
    }
  }

  /**
   * Takes over a session that was written down. To be called once, before any other call.
   *
   * @param changed the properties of the connection that count before what was written down
   * @throws SQLException 55000 if it cannot be restored here; the session is to be closed then
   */
  public void resume(WrittenSession written, Set<String> changed) throws SQLException {
    calls.lock();
    try {
      new SessionResumption(parts, maker, written, changed).resume();
    } finally {
      calls.unlock();
    }
  }

  /** How the calls of this session were covered. */
  public ProtectionTally protection() {
    return recorder.protection().own();
  }

  /** A token that stands for all that was acknowledged so far. */
  public String consistencyToken() throws SQLException {
    calls.lock();
    try {
      if (!isIdle()) {
        throw new SQLException("A consistency token is taken outside of a transaction.", "25001");
      }
      return parts.tokens().take().toString();
    } catch (NoServerFound none) {
      throw SessionParts.noServer(none);
    } finally {
      calls.unlock();
    }
  }

  /**
   * Whether the session works; one that is idle is rebuilt to find out. One that cannot be rebuilt
   * is closed.
   *
   * @param timeout how long it may take; zero for as long as a recovery may
   */
  public boolean isValid(Duration timeout) {
    if (stop.isClosed()) {
      return false;
    }
    return new SessionCheck(parts, calls).isValid(timeout);
  }

  // ----------------------------------------------------------------------------------- end of life

  /**
   * Cancels a call on this target that is being recovered, from any thread.
   *
   * @return whether one was; if not, the driver has to cancel what runs on the server
   */
  public boolean cancel(Object target) {
    return stop.cancel(target);
  }

  @Override
  public boolean isClosed() {
    return stop.isClosed();
  }

  /** Ends the session; from any thread, without waiting for a call that is under way. */
  public void close() {
    if (stop.isClosed()) {
      return;
    }
    boolean isFree = calls.tryLock();
    if (isFree) {
      // No call begins meanwhile: a driver that is told to close by one thread while another one
      // sends a statement may send that twice, for they share a buffer.
      try {
        parts.notes().forget(connections.current());
        stop.close();
        connections.leave();
      } finally {
        calls.unlock();
      }
    }
    end(isFree);
  }

  /** Ends the session at once, from any thread; a call that is under way fails. */
  public void abort() {
    if (!stop.isClosed()) {
      end(false);
    }
  }

  private void end(boolean isLeft) {
    leaveAll();
    if (!isLeft) {
      connections.abort();
    }
    handedOut.end();
    cluster.close();
  }

  private void leaveAll() {
    stop.close();
    recorder.protection().leave();
    parts.gate().leave(this);
    parts.moves().leave();
    if (warm != null) {
      warm.leave(caller);
    }
  }

  /**
   * Ends the session without its connection: the application has dropped the session, and may hold
   * an object of the driver's that it was given. Nothing of Baton leads to that any more, so that
   * the driver closes the connection once the application has dropped that as well.
   *
   * @return what is to be done then; it does not lead to the connection
   */
  public Runnable release() {
    leaveAll();
    connections.release();
    return handedOut.outlive();
  }
}

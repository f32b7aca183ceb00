package io.baton.engine;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.baton.failover.Deadline;
import io.baton.failover.HandOvers;
import io.baton.failover.HandOvers.Attempt;
import io.baton.failover.HandOvers.Moved;
import io.baton.failover.HandOvers.NotThere;
import io.baton.failover.HandOvers.Staying;
import io.baton.failover.HandOvers.Waiting;
import io.baton.failover.RecoveryLimits;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.cutover.CutoverNotice;
import io.baton.routing.cutover.Cutovers;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.FailureText;
import io.baton.session.Restoration;
import io.baton.session.SessionLoss;
import io.baton.session.SessionState;
import io.baton.session.TransactionStatus;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The planned moves of one session to another server: a thread of the cluster prepares them, and
 * that thread or the application's next call, whichever first finds the session at a safe point,
 * exchanges the connection.
 *
 * <p>One hand-over at a time prepares a move of the session; each connection that it opens is
 * either that of the one move, or left at once. An attempt that fails is made again after a pause,
 * and not more than a few times: see {@link MoveAttempts}.
 *
 * <p>Thread-safe; what changes the session is guarded by the lock of its calls.
 */
public final class PlannedMoves implements HandOvers.Member {

  /** Where a session is to leave, and where it is to go; null for any suitable server. */
  private record Order(Endpoint leaving, @Nullable Endpoint to) {}

  private static final Logger LOG = LoggerFactory.getLogger(PlannedMoves.class);

  private static final long PAUSE_NANOS = Duration.ofMillis(2).toNanos();

  /** What keeps a session from being moved for longer costs it its state. */
  private static final Duration LONGEST_WAIT_TO_LEAVE = Duration.ofSeconds(5);

  private static final Waiting BUSY = new Waiting("a transaction is open, or a call is under way");

  private static final AtomicLong NUMBERS = new AtomicLong();

  private final long number = NUMBERS.incrementAndGet();
  private final ConnectionOpener opener;
  private final SessionConnections connections;
  private final CallRecorder recorder;
  private final ClientSettings client;
  private final ReentrantLock calls;
  private final BooleanSupplier closed;
  private final ClusterHandle cluster;
  private final HandOvers handOvers;
  private final Cutovers cutovers;

  /** A move that is being prepared, or has ended and was not told yet. */
  private volatile @Nullable PlannedMove move;

  /** Why it could not go on at the successor of a cut over, when it was last looked at. */
  private volatile @Nullable String unmovable;

  /** Held by the one hand-over that moves the session now. */
  private final ReentrantLock orders = new ReentrantLock();

  /** What it is to do. */
  @GuardedBy("orders")
  private @Nullable Order order;

  /** What was tried for it in vain. */
  @GuardedBy("orders")
  private final MoveAttempts attempts = new MoveAttempts();

  /** What the server that was left had to say. */
  private final Queue<PGNotification> heard = new ConcurrentLinkedQueue<>();

  PlannedMoves(
      ClusterHandle cluster,
      ConnectionOpener opener,
      SessionConnections connections,
      CallRecorder recorder,
      ClientSettings client,
      ReentrantLock calls,
      BooleanSupplier closed) {
    this.opener = opener;
    this.connections = connections;
    this.recorder = recorder;
    this.client = client;
    this.calls = calls;
    this.closed = closed;
    this.cluster = cluster;
    this.handOvers = cluster.handOvers();
    this.cutovers = cluster.cluster().cutovers();
  }

  /** The session begins. */
  void join() {
    handOvers.join(this);
  }

  /** The session ends. */
  void leave() {
    handOvers.leave(this);
    PlannedMove planned = move;
    if (planned != null) {
      planned.to().leave();
    }
  }

  /**
   * Moves the session, if that has been prepared and it is between transactions; under the lock of
   * its calls.
   */
  void take() {
    if (move != null) {
      exchangeAtSafePoint();
    }
  }

  @Override
  public long number() {
    return number;
  }

  @Override
  public boolean isAt(Endpoint endpoint) {
    return connections.isAt(endpoint);
  }

  @Override
  public boolean isOnWriterAt(Endpoint endpoint) {
    SessionConnection present = connections.current();
    return present.isOnWriter() && present.physical().endpoint().equals(endpoint);
  }

  @Override
  public boolean isPrepared() {
    return move != null;
  }

  @Override
  public @Nullable String obstacle() {
    if (connections.current().physical().isExposed()) {
      return "the application holds an object of the PostgreSQL driver";
    }
    SessionState state = recorder.tracker().state();
    if (!state.heldCursors().isEmpty()) {
      return "a cursor WITH HOLD is open";
    }
    List<SessionLoss> losses = Restoration.lossesOfAnyMove(state);
    if (!losses.isEmpty()) {
      return losses.get(0).toString();
    }
    CutoverNotice cutover = cutovers.present();
    return cutover == null ? null : opener.readers().needs().lackOfAll(cutover.successor());
  }

  @Override
  public Object kind() {
    return SessionKind.of(recorder.tracker().state());
  }

  @Override
  public Attempt rehearse() {
    return closed.getAsBoolean()
        ? new Waiting("the session has ended")
        : new SessionTrial(opener, recorder).make();
  }

  @Override
  public Attempt rest() {
    if (closed.getAsBoolean()) {
      return new NotThere();
    }
    Attempt late = beginLate();
    if (late != null) {
      return late;
    }
    if (!opener.rest().isResting() && !opener.rest().hasSeenClosed()) {
      if (!calls.tryLock()) {
        return BUSY;
      }
      try {
        SessionConnection present = connections.current();
        if (present.physical().isSevered()) {
          return new NotThere();
        }
        if (present.transactionStatus() != TransactionStatus.IDLE) {
          return BUSY;
        }
        follow();
      } finally {
        calls.unlock();
      }
    }
    String reason = unmovable;
    return reason == null ? new NotThere() : new Staying(reason);
  }

  /**
   * Prepares a session that has begun just before the gate was closed and holds something already.
   *
   * @return why it is not prepared; null if it is, or has nothing to be prepared for
   */
  private @Nullable Attempt beginLate() {
    SessionConnection present = connections.current();
    if (move != null
        || !present.isOnWriter()
        || present.physical().isSevered()
        || present.isLeftForSuccessor()
        || recorder.tracker().state().isFresh()) {
      return null;
    }
    Attempt attempt = handOver(present.physical().endpoint(), null);
    return move == null ? attempt : null;
  }

  @Override
  public boolean interrupt() {
    if (!calls.tryLock()) {
      return false;
    }
    try {
      SessionConnection present = connections.current();
      if (present.transactionStatus() == TransactionStatus.IDLE
          || present.physical().isSevered()
          || !recorder.isReplayable(present)
          || !recorder.tracker().state().temporaries().isEmpty()) {
        return false;
      }
      present.leaveForSuccessor();
      return true;
    } finally {
      calls.unlock();
    }
  }

  @Override
  public boolean isHeldBy(Endpoint endpoint) {
    return connections.isHeldBy(endpoint);
  }

  @Override
  public List<Integer> backends() {
    return connections.backends();
  }

  /**
   * Leaves the cluster that was cut over, with all its state; under the lock of its calls. What
   * cannot be moved while the old server is there goes on as after its loss.
   *
   * @param limits of the call that waits for it
   */
  void leavePredecessor(RecoveryLimits limits) {
    connections.leaveSpares(cutovers::isLeft);
    Deadline patience = ConnectionOpener.within(LONGEST_WAIT_TO_LEAVE);
    while (cutovers.isLeft(connections.current().physical().endpoint())) {
      PhysicalConnection present = connections.current().physical();
      if (present.isSevered()) {
        return;
      }
      Attempt attempt = handOver(present.endpoint(), null);
      if (attempt instanceof Staying staying) {
        LOG.warn("Session {} is not moved as it is: {}", number, staying.reason());
        present.abort("the cluster was cut over");
        return;
      }
      if (patience.isOver() || limits.isOver() || limits.isStopped()) {
        present.abort("the cluster was cut over");
        return;
      }
      if (attempt instanceof Waiting) {
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  @Override
  public Attempt handOver(Endpoint leaving, @Nullable Endpoint to) {
    if (closed.getAsBoolean()) {
      return new NotThere();
    }
    if (!orders.tryLock()) {
      return new Waiting("another hand-over prepares its move");
    }
    try {
      return obey(new Order(leaving, to));
    } finally {
      orders.unlock();
    }
  }

  @GuardedBy("orders")
  private Attempt obey(Order newOrder) {
    if (move == null || !newOrder.equals(order)) {
      SessionConnection present = connections.current();
      if (!present.physical().endpoint().equals(newOrder.leaving())) {
        return leaveSpare(newOrder.leaving());
      }
      if (present.isLeftForSuccessor()) {
        return new NotThere(); // Its next call goes on elsewhere.
      }
      if (!newOrder.equals(order)) {
        cancel(); // The newest order counts.
        order = newOrder;
      }
      Attempt obstacle = begin(present, newOrder);
      if (obstacle != null) {
        return obstacle;
      }
    }
    PlannedMove planned = move;
    if (planned == null) {
      return new NotThere(); // The session has ended meanwhile.
    }
    if (calls.tryLock()) {
      try {
        exchangeAtSafePoint();
      } finally {
        calls.unlock();
      }
    }
    return told(planned);
  }

  /**
   * Begins a move: opens and prepares its connection, unless an attempt has failed just now.
   *
   * @return why not; null if it is prepared
   */
  @GuardedBy("orders")
  private @Nullable Attempt begin(SessionConnection present, Order newOrder) {
    if (attempts.isPausing()) {
      return attempts.pausing();
    }
    PlannedMove planned;
    try {
      planned = prepared(present, newOrder.to());
    } catch (SQLException failure) {
      return failed(failure);
    }
    if (planned == null) {
      return new Waiting(opener.lackOfServers(present));
    }
    move = planned;
    if (closed.getAsBoolean()) { // Meanwhile, by a thread that could not know of it.
      cancel();
      return new NotThere();
    }
    return null;
  }

  /**
   * Opens and prepares the connection of a move; one that cannot be prepared is left.
   *
   * @return null if there is no server to move to
   */
  private @Nullable PlannedMove prepared(SessionConnection present, @Nullable Endpoint to)
      throws SQLException {
    RecoveryLimits limits = opener.limits();
    SessionConnection opened = opener.openInsteadOf(present, to, limits).orElse(null);
    if (opened == null) {
      return null;
    }
    PlannedMove planned = new PlannedMove(cluster, present, opened);
    boolean isReady = false;
    RecoveryLimits.Guard guard = limits.guard(opened::abort);
    try (guard) {
      planned.prepare(recorder.tracker().snapshot());
      isReady = true;
    } catch (SQLException failure) {
      throw opened.physical().isSeveredBy(failure)
          ? failure
          : new MoveAttempts.Refused("the server refused a part of the session", failure);
    } finally {
      if (!isReady) {
        opened.leave();
      }
    }
    return planned;
  }

  /** Counts an attempt that failed, and says what comes of it. */
  @GuardedBy("orders")
  private Attempt failed(SQLException failure) {
    Attempt attempt = attempts.failed(failure);
    if (attempt instanceof Staying) {
      order = null;
      attempts.forget();
    }
    return attempt;
  }

  @GuardedBy("orders")
  private Attempt told(PlannedMove planned) {
    PlannedMove.State state = planned.state();
    if (state instanceof PlannedMove.Ended ended) {
      move = null;
      if (ended.attempt() instanceof Waiting broken) {
        return failed(new SQLException(broken.reason(), "08006"));
      }
      order = null;
      attempts.forget();
      return ended.attempt();
    }
    return state instanceof PlannedMove.Waiting waiting
        ? waiting.reason()
        : new Waiting("its connection is being exchanged");
  }

  private Attempt leaveSpare(Endpoint leaving) {
    if (!calls.tryLock()) {
      return new Waiting("a call is under way");
    }
    try {
      connections.leaveSpare(leaving);
      return new NotThere();
    } finally {
      calls.unlock();
    }
  }

  @Override
  public @Nullable Attempt stay(Endpoint leaving, @Nullable Endpoint to) {
    if (!orders.tryLock()) {
      return null; // It is another hand-over's by now.
    }
    try {
      return new Order(leaving, to).equals(order) ? cancel() : null;
    } finally {
      orders.unlock();
    }
  }

  /**
   * Cancels the order and its move, if that has not taken place.
   *
   * @return how it ended, if it has just taken place
   */
  @GuardedBy("orders")
  private @Nullable Attempt cancel() {
    order = null;
    attempts.forget();
    PlannedMove planned = move;
    if (planned == null) {
      return null;
    }
    for (; ; ) {
      PlannedMove.State state = planned.state();
      if (state instanceof PlannedMove.Ended ended) {
        move = null;
        return ended.attempt();
      }
      if (state instanceof PlannedMove.Exchanging) {
        Thread.onSpinWait(); // It takes place at this moment, within a few round trips.
      } else if (planned.become(state, new PlannedMove.Ended(new NotThere()))) {
        planned.to().leave();
        move = null;
        return null;
      }
    }
  }

  /** Whether the session can be moved: it is between two transactions, on a server that works. */
  private boolean isAtSafePoint() {
    return !closed.getAsBoolean()
        && connections.current().transactionStatus() == TransactionStatus.IDLE
        && !recorder.owesFailedTransaction();
  }

  /**
   * Exchanges the connection for the one that has been prepared, if the session is at a safe point.
   * Whatever fails leaves it where it is. Under the lock of its calls.
   */
  private void exchangeAtSafePoint() {
    PlannedMove planned = move;
    if (planned == null || !isAtSafePoint()) {
      return;
    }
    if (!mayBeUsed(planned.to())) {
      if (!cutovers.holdsTransactions()) {
        planned.warmUp(recorder.tracker().readBack());
      }
      follow();
      return;
    }
    PlannedMove.State waiting = planned.state();
    PlannedMove.State exchanging = new PlannedMove.Exchanging();
    if (!(waiting instanceof PlannedMove.Waiting) || !planned.become(waiting, exchanging)) {
      return;
    }
    List<PGNotification> said = new ArrayList<>();
    Attempt attempt = finished(planned, said);
    if (attempt instanceof Moved) {
      heard.addAll(said);
      connections.exchange(planned.from(), planned.to());
    } else if (attempt instanceof Waiting reason && !planned.isBroken()) {
      planned.become(exchanging, new PlannedMove.Waiting(reason));
      return;
    } else {
      planned.to().leave();
    }
    planned.become(exchanging, new PlannedMove.Ended(attempt));
  }

  /**
   * Looks whether the session could go on at the successor of a cut over as it is now; under the
   * lock of its calls. What the successor refuses ends the move.
   *
   * <p>Before the gate is closed, the successor's connection is given what ties the session to no
   * server. Once it is closed, the session does not change any more, and the connection is given
   * the rest as well, temporary tables with their rows: what cannot be carried over takes the cut
   * over back, and is not lost after it has opened.
   */
  void follow() {
    PlannedMove planned = move;
    if (!isAtSafePoint() || (planned != null && planned.state() instanceof PlannedMove.Ended)) {
      return; // What was found then is told when it is next asked.
    }
    String reason = obstacle();
    if (reason == null && planned != null && !mayBeUsed(planned.to())) {
      try {
        reason =
            cutovers.holdsTransactions() && recorder.tracker().state().isPinned()
                ? planned.finishAhead(recorder, client)
                : planned.follow(recorder.tracker().state());
      } catch (SQLException failure) {
        reason = FailureText.message(failure);
        Attempt end = planned.isBroken() ? new Waiting(reason) : new Staying(reason);
        if (planned.become(planned.state(), new PlannedMove.Ended(end))) {
          planned.to().leave();
        }
      }
    }
    unmovable = reason;
  }

  /** Whether a connection does not lead to the successor of a cut over that has not opened. */
  private boolean mayBeUsed(SessionConnection connection) {
    UUID cutover = connection.cutover();
    return cutover == null || cutovers.hasOpened(cutover);
  }

  private Attempt finished(PlannedMove planned, List<PGNotification> said) {
    if (planned.from() != connections.current()) {
      return new NotThere();
    }
    try {
      return planned.finish(recorder, client, said);
    } catch (SQLException failure) {
      String message = FailureText.message(failure);
      return planned.isBroken() ? new Waiting(message) : new Staying(message);
    }
  }

  /** A moment at which the session can be moved, while the application waits for notifications. */
  public void pauseBetweenNotifications() {
    if (move != null) {
      calls.lock(); // Waited for, or the thread that moves the session might never get its turn.
      try {
        exchangeAtSafePoint();
      } finally {
        calls.unlock();
      }
    }
  }

  /** What a server that was left had to say, once. */
  public List<PGNotification> takeHeard() {
    if (heard.isEmpty()) {
      return List.of();
    }
    List<PGNotification> taken = new ArrayList<>();
    for (PGNotification next = heard.poll(); next != null; next = heard.poll()) {
      taken.add(next);
    }
    return taken;
  }
}

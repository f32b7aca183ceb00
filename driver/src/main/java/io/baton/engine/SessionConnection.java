package io.baton.engine;

import io.baton.failover.RecoveryLimits;
import io.baton.failover.outcome.CommitMarker;
import io.baton.failover.outcome.ServerInstance;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.Registration;
import io.baton.routing.consistency.PositionQuery;
import io.baton.routing.consistency.ReaderPosition;
import io.baton.routing.consistency.ReaderProgress;
import io.baton.routing.consistency.TimelinePosition;
import io.baton.routing.select.EndpointLoad;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.ServerKind;
import io.baton.session.Baseline;
import io.baton.session.SessionState;
import io.baton.session.Takeover;
import io.baton.session.TransactionStatus;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A physical connection of a session, with what of the session it already has. A session has one on
 * the writer and, once it reads from a replica, one there.
 *
 * <p>Guarded by the calls of its session, but for {@link #leave} and {@link #abort}, which any
 * thread may call.
 */
final class SessionConnection {

  private static final Logger LOG = LoggerFactory.getLogger(SessionConnection.class);

  private static final long SHORTEST_PAUSE_NANOS = 500_000;
  private static final long LONGEST_PAUSE_NANOS = 10_000_000;

  private final PhysicalConnection physical;
  private final Registration registration;

  /** It leads to the successor of a cut over, and must not be used before that has opened. */
  void awaitsOpeningOf(UUID awaited) {
    cutover = awaited;
  }

  /** The cut over that must have opened before it is used; null if none. */
  @Nullable UUID cutover() {
    return cutover;
  }

  /** Ends it, although it works: the transaction on it is to go on at another cluster. */
  void leaveForSuccessor() {
    leftForSuccessor = true;
    physical.abort("its transaction goes on at the cluster that takes this one's place");
  }

  /** Whether it was left, and not lost: by {@link #leaveForSuccessor}. */
  boolean isLeftForSuccessor() {
    return leftForSuccessor;
  }

  /** What interrupted a transaction on it, of which a call failed. */
  RecoveryEnd.Cause interruption(SQLException failure) {
    if (leftForWriter) {
      return RecoveryEnd.Cause.FOR_WRITER;
    }
    if (leftForSuccessor) {
      return RecoveryEnd.Cause.FOR_SUCCESSOR;
    }
    return physical.isConflict(failure) ? RecoveryEnd.Cause.CONFLICT : RecoveryEnd.Cause.LOSS;
  }

  /** The load of the reader it is on; null on the writer. */
  private final @Nullable EndpointLoad load;

  private final ServerKind kind;

  private final AtomicBoolean left = new AtomicBoolean();

  /** How far the reader is known to have replayed. */
  private TimelinePosition reached = TimelinePosition.NONE;

  /** The state that the server-side session was last brought to. */
  private SessionState applied = SessionState.FRESH;

  /** The version of the client's settings that was last applied. */
  private int clientVersion = -1;

  /** What the server-side session began with; null while that was not asked. */
  private @Nullable Baseline baseline;

  /** How it began in another way than the session. */
  private Takeover takeover = Takeover.NONE;

  private boolean compared;

  private volatile @Nullable ServerInstance instance;
  private boolean instanceAsked;

  /** Of the cluster of data, as far as others than {@link #instance} tell; null if none does. */
  private volatile @Nullable String systemIdentifier;

  /** Whether a pooler serves it with more than one backend. */
  private boolean pooled;

  private volatile boolean openedEarly;
  private boolean keptKeys;
  private volatile boolean leftForWriter;
  private volatile boolean leftForSuccessor;
  private volatile @Nullable UUID cutover;
  private final CommitMarker.Taker markers;
  private final PoolerNotice pooler;
  private final ServerStanding standing;

  /** Asks for the {@link #baseline}. */
  private final PhysicalConnection.Work<Baseline> beginning;

  SessionConnection(
      PhysicalConnection physical,
      Registration registration,
      @Nullable EndpointLoad readerLoad,
      ServerKind kind,
      PoolerNotice pooler,
      Supplier<Optional<EndpointState>> monitored,
      PhysicalConnection.Work<Baseline> beginning) {
    this.physical = physical;
    this.standing = new ServerStanding(physical, monitored);
    this.beginning = beginning;
    this.pooler = pooler;
    this.markers = new CommitMarker.Taker(physical.connection());
    this.registration = registration;
    this.load = readerLoad;
    this.kind = kind;
    if (readerLoad != null) {
      readerLoad.join();
    }
  }

  PhysicalConnection physical() {
    return physical;
  }

  /** Whether the server was chosen because it takes writes. */
  boolean isOnWriter() {
    return load == null;
  }

  /** Whether its server is a standby, as far as is known: see {@link ServerStanding}. */
  boolean isOnStandby() {
    return standing.isStandby();
  }

  /** Whether nothing that was done on it can have written, since its server is a standby. */
  boolean isProvedStandby() {
    return standing.isProved(instance);
  }

  /**
   * Asks a server that is to take writes whether it is a standby, where the report of that is a
   * pooler's. Outside of a transaction.
   *
   * @throws SQLException if the connection breaks
   */
  void checkWriter() throws SQLException {
    standing.checkWriter(instance);
  }

  /**
   * Whether its server is a standby, now that it has refused a call.
   *
   * @throws SQLException if the connection breaks
   */
  boolean isOnStandby(SQLException refused) throws SQLException {
    standing.refused(refused, instance);
    return standing.isStandby();
  }

  /** Ends it, although it works: the transaction on it is to go on at the writer. */
  void leaveForWriter() {
    leftForWriter = true;
    physical.abort("its transaction goes on at the writer");
  }

  /** Whether it was left by {@link #leaveForWriter}. */
  boolean isLeftForWriter() {
    return leftForWriter;
  }

  /** Whether it was left, and not lost. */
  boolean isLeftOnPurpose() {
    return leftForWriter || leftForSuccessor;
  }

  /** The load of the reader it is on; null on the writer. */
  @Nullable EndpointLoad load() {
    return load;
  }

  /**
   * Whether the reader shows all that a position of the writer stands for; it is asked only for
   * what it is not known to have reached, and waited for only if that can help. Outside of a
   * transaction.
   *
   * @param position what the writer is known to have reached
   * @param readerProgress how the reader keeps up
   * @param wait how long it may take to catch up
   * @param limited the limits of what needs it, asked for if it is waited for
   * @throws SQLException if the connection breaks
   */
  boolean reaches(
      TimelinePosition position, ReaderProgress readerProgress, Duration wait, Limited limited)
      throws SQLException {
    if (reached.hasReached(position)) {
      return true;
    }
    if (readerProgress.isKnownShort(position)) {
      return false;
    }
    long began = System.nanoTime();
    long pause = SHORTEST_PAUSE_NANOS;
    for (; ; ) {
      ReaderPosition found = look();
      readerProgress.looked(found, position);
      if (reached.hasReached(position)) {
        return true;
      }
      long left = wait.toNanos() - (System.nanoTime() - began);
      if (left <= 0 || !readerProgress.mayCatchUp(position, wait)) {
        return false;
      }
      RecoveryLimits limits = limited.limits();
      if (limits.isOver()) {
        return false;
      }
      LockSupport.parkNanos(Math.min(Math.min(left, pause), limits.remaining().toNanos()));
      pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
    }
  }

  /**
   * Whether the reader has reached a position that may be none of its cluster. Outside of a
   * transaction.
   *
   * @throws SQLException if the connection breaks
   */
  boolean hasReached(TimelinePosition position) throws SQLException {
    return reached.hasReached(position) || look().position().hasReached(position);
  }

  private ReaderPosition look() throws SQLException {
    ReaderPosition found = physical.inAutocommit(PositionQuery::ofReader);
    reached = found.position();
    return found;
  }

  /** Whether it has the session as it is now, on the server's side and on the client's. */
  @SuppressWarnings("ReferenceEquality") // an unchanged state is the same object: see SessionState
  boolean isInStep(SessionState state, ClientSettings client) {
    return applied == state && clientVersion == client.version();
  }

  SessionState applied() {
    return applied;
  }

  /** Notes what the server-side session is now. */
  void applied(SessionState state) {
    applied = state;
  }

  /**
   * What the server-side session began with; it is asked the first time, before anything is set
   * there, outside of a transaction.
   *
   * @throws SQLException if the server does not say, or the connection breaks
   */
  Baseline baseline() throws SQLException {
    Baseline known = baseline;
    if (known == null) {
      known = physical.inAutocommit(beginning);
      baseline = known;
    }
    return known;
  }

  /**
   * How it began in another way than the session did.
   *
   * @param session what the session began with; null if that is not known
   */
  Takeover takeover(@Nullable Baseline session) throws SQLException {
    Baseline here = baseline();
    takeover = (session == null ? here : session).takeoverTo(here);
    compared = true;
    return takeover;
  }

  /** Whether it was found how it began in another way than the session. */
  boolean isCompared() {
    return compared;
  }

  /** What was found by {@link #takeover(Baseline)}. */
  Takeover takeover() {
    return takeover;
  }

  /** It was opened before every endpoint of the cluster was heard. */
  void isOpenedEarly() {
    openedEarly = true;
  }

  /** What was heard since then does not contradict. */
  void isConfirmed() {
    openedEarly = false;
  }

  /** Whether it was opened before every endpoint was heard, and not looked at since. */
  boolean wasOpenedEarly() {
    return openedEarly;
  }

  /** Whether the server was not asked yet who it is. */
  boolean isUnidentified() {
    return !instanceAsked;
  }

  /**
   * Asks the server who it is, and which backend serves this connection: before anything was done
   * on it, as the role that logged in. A server that refuses to say is not asked again.
   *
   * @param question asks it, and maybe for more
   * @throws SQLException if the connection breaks
   */
  void identify(PhysicalConnection.Work<ServerInstance> question) throws SQLException {
    instanceAsked = true;
    try {
      instance = physical.inAutocommit(question);
    } catch (SQLException refused) {
      if (physical.isSeveredBy(refused)) {
        throw refused;
      }
      LOG.debug("{} does not say who it is: {}", this, refused.getMessage());
    }
  }

  /**
   * The server, and the backend that serves this connection, which is in a transaction. It is asked
   * if it was not yet, or was a standby then.
   *
   * @return null if the server does not say
   * @throws SQLException if the connection breaks
   */
  @Nullable ServerInstance instance() throws SQLException {
    ServerInstance known = instance;
    boolean promoted =
        known != null
            && known.timeline() == 0
            && kind == ServerKind.POSTGRESQL
            && !isProvedStandby();
    if (!instanceAsked || promoted) {
      instance =
          physical
              .own(asked -> Optional.ofNullable(ServerInstance.insideTransaction(asked, kind)))
              .orElse(null);
      instanceAsked = true;
    }
    return instance;
  }

  /**
   * Whether the connection has a backend of its own: the process that answers it is the one that
   * the server named when it was opened. A pooler names none, or one that it made up.
   */
  boolean hasOwnBackend() {
    ServerInstance known = instance;
    return !pooled && (known == null || known.backend() == physical.backendProcess());
  }

  /** Whether a pooler serves it with more than one backend. */
  boolean isPooled() {
    return pooled;
  }

  /** Another backend answered than before: a pooler is between, which lends one by transaction. */
  void isServedBy(int backend) {
    ServerInstance known = instance;
    if (!pooled && known != null && known.backend() != backend) {
      pooled = true;
      pooler.found(physical.endpoint(), known.backend(), backend);
    }
  }

  /** What the server said of itself, if it was asked. */
  @Nullable ServerInstance knownInstance() {
    return instance;
  }

  /** Notes the system identifier of its cluster of data; null if that is not known. */
  void isOfCluster(@Nullable String identifier) {
    systemIdentifier = identifier;
  }

  /**
   * The system identifier of its cluster of data: as its server said or, where that was not asked,
   * as the monitor of that server knew at the session's first answer. For any thread.
   *
   * @return null if neither says one
   */
  @Nullable String systemIdentifier() {
    ServerInstance known = instance;
    return known != null && known.kind() == ServerKind.POSTGRESQL
        ? known.systemIdentifier()
        : systemIdentifier;
  }

  /** Takes the commit markers of its transactions. */
  CommitMarker.Taker markers() {
    return markers;
  }

  /** Keys are given by hand that were drawn elsewhere: currval and lastval know nothing of them. */
  void keepKeys() {
    keptKeys = true;
  }

  /** Whether keys were given by hand. */
  boolean hasKeptKeys() {
    return keptKeys;
  }

  /** Gives the physical connection the client's settings, if they have changed. */
  void apply(ClientSettings client) throws SQLException {
    if (clientVersion != client.version()) {
      client.applyTo(physical);
      clientVersion = client.version();
    }
  }

  /**
   * What a call on it ends with, since its connection is gone: not in the driver's class, which
   * would say that the driver itself has given it up.
   */
  SQLException severed() {
    String abortReason = physical.abortReason();
    return new SQLException(
        "The connection to "
            + physical.endpoint()
            + " is gone"
            + (abortReason == null ? "" : ": " + abortReason),
        "08006");
  }

  /**
   * The transaction status as the server last reported it. A connection that was left has none that
   * counts: what was open there is over, or is replayed elsewhere.
   */
  TransactionStatus transactionStatus() {
    return left.get() ? TransactionStatus.IDLE : physical.transactionStatus();
  }

  /** Gives the connection up, and tells the server where it is still there. */
  void leave() {
    release();
    physical.close();
  }

  /** Gives the connection up at once, whatever waits on it: nothing is sent to the server. */
  void abort() {
    release();
    physical.abort();
  }

  /** Gives up all that knows the connection here, and leaves the connection itself as it is. */
  void release() {
    if (left.compareAndSet(false, true) && load != null) {
      load.leave();
    }
    registration.close();
  }

  @Override
  public String toString() {
    return physical.toString();
  }
}

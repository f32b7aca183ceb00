package io.baton.failover;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.baton.routing.Cluster;
import io.baton.routing.ClusterAttachment;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.FailureText;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The failovers of a cluster: they are counted, and told to the log in two lines each, however many
 * sessions there are. What each session does is logged at DEBUG.
 *
 * <p>A session of a pool may notice much later that its connection is gone. It belongs to the
 * failover that ended that connection, and begins no new one: its connection was opened before that
 * one began, and sessions have found another server, or that was a moment ago.
 *
 * <p>Thread-safe. While a failover is under way there is one thread, which tells its end.
 */
public final class Failovers implements ClusterAttachment {

  private static final Logger LOG = LoggerFactory.getLogger(Failovers.class);

  /** How long a connection to a server that was left may lie idle in a pool. */
  static final Duration LATE = Duration.ofMinutes(30);

  /** How long after a failover a server that stayed may still end connections of before. */
  static final Duration LATE_IN_PLACE = Duration.ofMinutes(1);

  private static final long LOOK_NANOS = Duration.ofMillis(250).toNanos();

  /** Starts the thread that tells the end. */
  interface Starter {
    void start(Runnable task);
  }

  /** A failover that is over. */
  private record Past(long began, long over, boolean isElsewhere) {}

  private final LongSupplier nanoTime;
  private final BooleanSupplier hasWriter;
  private final ToIntFunction<Endpoint> idleAt;
  private final Starter starter;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ending = lock.newCondition();

  @GuardedBy("lock")
  private FailoverTotals totals = FailoverTotals.NONE;

  @GuardedBy("lock")
  private @Nullable Failover current;

  @GuardedBy("lock")
  private final Map<Endpoint, Past> past = new HashMap<>();

  @GuardedBy("lock")
  private int underWay;

  @GuardedBy("lock")
  private long failovers;

  @GuardedBy("lock")
  private boolean closed;

  /**
   * Creates the failovers of a cluster.
   *
   * @param idleAt how many sessions are connected to a server, as far as they know
   */
  Failovers(
      LongSupplier nanoTime,
      BooleanSupplier hasWriter,
      ToIntFunction<Endpoint> idleAt,
      Starter starter) {
    this.nanoTime = nanoTime;
    this.hasWriter = hasWriter;
    this.idleAt = idleAt;
    this.starter = starter;
  }

  /** The failovers of a cluster, which has one of these. */
  public static Failovers of(Cluster cluster) {
    HandOvers handOvers = cluster.attachment(HandOvers.class, () -> new HandOvers(cluster));
    return cluster.attachment(
        Failovers.class,
        () ->
            new Failovers(
                System::nanoTime,
                () -> cluster.topology().hasWriter(),
                handOvers::sessionsAt,
                task -> cluster.thread("baton-failover", task).start()));
  }

  /** Returns what became of the sessions of this cluster so far. */
  public FailoverTotals totals() {
    lock.lock();
    try {
      return totals;
    } finally {
      lock.unlock();
    }
  }

  /** Returns how many failovers have begun. */
  public long count() {
    lock.lock();
    try {
      return failovers;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Begins the recovery of a session. A failover is not over before its recoveries are.
   *
   * @param session its number
   */
  public Recovering recovering(long session) {
    return new Recovering(session);
  }

  /** The recovery of one session, until it is closed. Confined to the calls of its session. */
  public final class Recovering implements AutoCloseable {

    private final long session;
    private final long began = nanoTime.getAsLong();
    private @Nullable Endpoint left;
    private @Nullable Throwable cause;

    private Recovering(long session) {
      this.session = session;
    }

    /**
     * It has lost its connection.
     *
     * @param age how long ago that was opened
     */
    public void lost(Endpoint from, Duration age, Throwable failure) {
      leaves(from);
      cause = failure;
      if (begins(from, age)) {
        LOG.warn(
            "Failover from {} begins: session {} lost its connection: {}",
            from,
            session,
            FailureText.of(failure));
      }
    }

    /** It goes on at a server. */
    public void moved(Endpoint to) {
      long now = nanoTime.getAsLong();
      lock.lock();
      try {
        totals = totals.withMove();
        if (current != null) {
          current.moved(session, to, now);
        }
      } finally {
        lock.unlock();
      }
      if (LOG.isDebugEnabled()) {
        LOG.debug(
            "Session {} moved from {} to {} in {} ms: {}",
            session,
            left,
            to,
            (now - began) / 1_000_000,
            cause == null ? "" : FailureText.of(cause));
      }
    }

    /** It is about to leave a server; {@link #lost} is told by what moves it. */
    public void leaves(Endpoint from) {
      boolean isFirst = left == null;
      left = from;
      if (isFirst) {
        lock.lock();
        try {
          underWay++;
        } finally {
          lock.unlock();
        }
      }
    }

    /** Its work ended in a way that is counted, unless no server was left for it. */
    public void ended(FailoverEnd end) {
      if (left == null) {
        return;
      }
      lock.lock();
      try {
        totals = totals.with(end);
        if (current != null) {
          current.ended(session, end, nanoTime.getAsLong());
        }
      } finally {
        lock.unlock();
      }
      LOG.debug("Session {}, which left {}: {}", session, left, end);
    }

    /** The recovery is over. */
    @Override
    public void close() {
      if (left == null) {
        return;
      }
      left = null;
      long now = nanoTime.getAsLong();
      Duration pause = Duration.ofNanos(now - began);
      lock.lock();
      try {
        totals = totals.withPause(pause);
        underWay--;
        if (current != null) {
          current.paused(pause, now);
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /** Whether a session that has lost its connection is the first of a failover. */
  private boolean begins(Endpoint from, Duration age) {
    lock.lock();
    try {
      long now = nanoTime.getAsLong();
      if (current != null) {
        current.left(from, now);
        return false;
      }
      if (closed || isLate(from, now - age.toNanos(), now)) {
        return false;
      }
      current = new Failover(from, now);
      failovers++;
    } finally {
      lock.unlock();
    }
    starter.start(this::awaitEnd);
    return true;
  }

  @GuardedBy("lock")
  private boolean isLate(Endpoint from, long opened, long now) {
    past.values().removeIf(old -> now - old.over() > LATE.toNanos());
    Past last = past.get(from);
    return last != null
        && opened - last.began() < 0
        && (last.isElsewhere() || now - last.over() <= LATE_IN_PLACE.toNanos());
  }

  private void awaitEnd() {
    while (!endIfOver()) {
      lock.lock();
      try {
        ending.awaitNanos(LOOK_NANOS);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        return;
      } finally {
        lock.unlock();
      }
    }
  }

  /**
   * Ends the failover and tells so, if it is over.
   *
   * @return whether none is under way any more
   */
  boolean endIfOver() {
    boolean writer = hasWriter.getAsBoolean();
    Failover ended;
    lock.lock();
    try {
      ended = current;
      long now = nanoTime.getAsLong();
      if (ended == null) {
        return true;
      }
      if (!closed && (underWay > 0 || !ended.isOver(writer, now))) {
        return false;
      }
      current = null;
      Past over = new Past(ended.began(), now, ended.isElsewhere());
      ended.left().forEach(endpoint -> past.put(endpoint, over));
    } finally {
      lock.unlock();
    }
    int idle = ended.isElsewhere() ? ended.left().stream().mapToInt(idleAt).sum() : 0;
    LOG.warn("{}", ended.account(idle));
    return true;
  }

  /** The cluster is closed: what is under way is told as it stands. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      ending.signalAll();
    } finally {
      lock.unlock();
    }
    endIfOver();
  }
}

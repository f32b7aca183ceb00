package io.baton.failover;

import io.baton.routing.topology.Endpoint;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Holds new work back until interrupted transactions are replayed.
 *
 * <p>When a server is lost, its open transactions lose their locks all at once. They were open side
 * by side, so their replays can run side by side and find the same data, unless another transaction
 * changes the rows in between and commits. So as soon as one session of this JVM loses its server,
 * new work of all sessions of the cluster waits until the interrupted transactions are replayed.
 *
 * <p>A session notices the loss of its server at its next call, which may come late; the gate waits
 * for it a short time only. The gate makes replays succeed more often; correctness does not depend
 * on it: each replay is verified, and other clients of the servers do not wait.
 *
 * <p>Thread-safe.
 */
public final class ReplayGate {

  /** A session whose open transaction could be replayed. */
  public interface Member {

    /** Returns the server that it is on. */
    Endpoint place();

    /**
     * Returns the number of recorded calls of its open transaction; 0 if there is nothing to
     * replay.
     */
    int recordedCalls();
  }

  /**
   * How long the gate waits without progress before it opens, although sessions have not noticed
   * the loss yet, or replays are blocked: one may wait for a lock of another, already replayed
   * transaction that got the lock only because the first was cut off a moment earlier.
   */
  private static final long GRACE_NANOS = Duration.ofMillis(300).toNanos();

  /** How long the gate waits without progress while sessions connect to the new server. */
  private static final long PATIENCE_NANOS = Duration.ofSeconds(2).toNanos();

  private static final long LOOK_NANOS = Duration.ofMillis(2).toNanos();

  private final Set<Member> members = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /**
   * Sessions that may have been cut off, with the number of calls recorded then. Guarded by lock.
   */
  private final Map<Member, Integer> awaited = new HashMap<>();

  /** The number of sessions that connect to the new server. Guarded by lock. */
  private int moving;

  /** The number of sessions that replay. Guarded by lock. */
  private int replaying;

  /** The time of the last progress since a session has arrived; 0 before. Guarded by lock. */
  private long lastProgress;

  private volatile boolean closed;

  /** Adds a session that begins. */
  public void join(Member member) {
    members.add(member);
  }

  /** Removes a session that ends. */
  public void leave(Member member) {
    members.remove(member);
    if (closed) {
      lock.lock();
      try {
        awaited.remove(member);
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /** Reports that a session has lost its connection to a server; others may have as well. */
  public void lost(Endpoint server) {
    lock.lock();
    try {
      if (!closed) {
        awaited.clear();
        lastProgress = 0;
        closed = true;
        for (Member member : members) {
          int recorded = member.recordedCalls();
          if (recorded > 0 && member.place().equals(server)) {
            awaited.put(member, recorded);
          }
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * The recovery of one session, from its lost server to its replayed transaction. Not thread-safe.
   */
  public final class Passage implements AutoCloseable {

    private boolean arrived;
    private boolean over;

    private Passage(Member member) {
      lock.lock();
      try {
        moving++;
        awaited.remove(member);
      } finally {
        lock.unlock();
      }
    }

    /** Reports that the session is connected to another server and begins to replay. */
    public void arrived() {
      if (!arrived) {
        arrived = true;
        progress(-1, 1);
      }
    }

    /** Reports that the transaction is replayed, or its replay given up; the first time counts. */
    @Override
    public void close() {
      if (over) {
        return;
      }
      over = true;
      if (arrived) {
        progress(0, -1);
      } else {
        progress(-1, 0);
      }
    }
  }

  /** Begins the recovery of a session that will replay its transaction. */
  public Passage setOut(Member member) {
    return new Passage(member);
  }

  private void progress(int moreMoving, int moreReplaying) {
    lock.lock();
    try {
      moving += moreMoving;
      replaying += moreReplaying;
      lastProgress = System.nanoTime();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether new work has to wait; a single read of a field. */
  public boolean isClosed() {
    return closed;
  }

  /** Waits until new work may begin, or a limit of the call that waits is reached. */
  public void pass(RecoveryLimits limits) {
    if (!closed) {
      return;
    }
    lock.lock();
    try {
      if (lastProgress == 0) {
        lastProgress = System.nanoTime();
      }
      while (closed && !limits.isOver()) {
        forgetWhoGoesOn();
        if (mayOpen(System.nanoTime() - lastProgress)) {
          closed = false;
          changed.signalAll();
          return;
        }
        changed.awaitNanos(LOOK_NANOS);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt(); // The call that follows handles the interrupt.
    } finally {
      lock.unlock();
    }
  }

  private boolean mayOpen(long quietNanos) {
    if (moving > 0) {
      return quietNanos > PATIENCE_NANOS;
    }
    boolean done = replaying == 0 && awaited.isEmpty();
    return done || quietNanos > GRACE_NANOS;
  }

  /** Drops sessions whose call has returned since: they have not lost their connection. */
  private void forgetWhoGoesOn() {
    for (Iterator<Map.Entry<Member, Integer>> it = awaited.entrySet().iterator(); it.hasNext(); ) {
      Map.Entry<Member, Integer> entry = it.next();
      if (entry.getKey().recordedCalls() != entry.getValue()) {
        it.remove();
      }
    }
  }
}

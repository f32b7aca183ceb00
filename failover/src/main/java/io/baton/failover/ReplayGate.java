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
 * Lets interrupted transactions be replayed before anybody begins something new.
 *
 * <p>When a server is lost, its open transactions lose their locks all at once. They had been open
 * side by side, so they can be replayed side by side, and each finds what it had found; but not if
 * another transaction gets at the rows in between and commits. So from the moment that one session
 * of this JVM finds its server lost, new work of all sessions of the cluster waits, until those
 * whose transactions were cut off have replayed them.
 *
 * <p>A session finds out that its server is lost by its next call, which may be a while; it is
 * waited for shortly. This is for the sake of good replays, and not of right ones: each is verified
 * anyhow, and other clients of the servers do not wait.
 *
 * <p>Thread-safe.
 */
public final class ReplayGate {

  /** A session whose open transaction could be replayed. */
  public interface Member {

    /** The server that it is on. */
    Endpoint place();

    /** How many calls of its open transaction were recorded; 0 if there is nothing to replay. */
    int recordedCalls();
  }

  /**
   * How long nothing may happen before the gate opens although sessions have not found out yet that
   * they were cut off, or their replays do not get on: one may wait for a lock that another, which
   * has replayed, got only because the first was cut off a moment earlier.
   */
  private static final long GRACE_NANOS = Duration.ofMillis(300).toNanos();

  /** How long nothing may happen while sessions are on their way to the new server. */
  private static final long PATIENCE_NANOS = Duration.ofSeconds(2).toNanos();

  private static final long LOOK_NANOS = Duration.ofMillis(2).toNanos();

  private final Set<Member> members = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** Sessions that may have been cut off, with what they had recorded then. Guarded by lock. */
  private final Map<Member, Integer> awaited = new HashMap<>();

  /** How many sessions are on their way to where they will replay. Guarded by lock. */
  private int moving;

  /** How many sessions replay. Guarded by lock. */
  private int replaying;

  /** When something happened last, once a session has arrived; 0 before. Guarded by lock. */
  private long lastProgress;

  private volatile boolean closed;

  /** A session begins. */
  public void join(Member member) {
    members.add(member);
  }

  /** A session ends. */
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

  /** A session has lost its connection to a server; others may have as well. */
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

  /** The way of one session from its lost server to its replayed transaction. Not thread-safe. */
  public final class Passage implements AutoCloseable {

    private boolean arrived;

    private Passage(Member member) {
      lock.lock();
      try {
        moving++;
        awaited.remove(member);
      } finally {
        lock.unlock();
      }
    }

    /** The session has arrived on another server, and begins to replay. */
    public void arrived() {
      if (!arrived) {
        arrived = true;
        progress(-1, 1);
      }
    }

    /** The transaction stands again, or is given up. */
    @Override
    public void close() {
      if (arrived) {
        progress(0, -1);
      } else {
        progress(-1, 0);
      }
    }
  }

  /** A session sets out to replay its transaction. */
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

  /** Whether new work has to wait; costs next to nothing. */
  public boolean isClosed() {
    return closed;
  }

  /** Waits until new work may begin. */
  public void pass() {
    if (!closed) {
      return;
    }
    lock.lock();
    try {
      if (lastProgress == 0) {
        lastProgress = System.nanoTime();
      }
      while (closed) {
        forgetWhoGoesOn();
        if (mayOpen(System.nanoTime() - lastProgress)) {
          closed = false;
          changed.signalAll();
          return;
        }
        changed.awaitNanos(LOOK_NANOS);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt(); // The call that follows sees to it.
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

  /** Whose call returned since has not lost its connection. */
  private void forgetWhoGoesOn() {
    for (Iterator<Map.Entry<Member, Integer>> it = awaited.entrySet().iterator(); it.hasNext(); ) {
      Map.Entry<Member, Integer> entry = it.next();
      if (entry.getKey().recordedCalls() != entry.getValue()) {
        it.remove();
      }
    }
  }
}

package io.baton.failover;

import io.baton.routing.Endpoint;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
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

  /** How long a session that has not found out yet is waited for. */
  private static final long GRACE_NANOS = Duration.ofMillis(300).toNanos();

  /** How long sessions that replay are waited for. */
  private static final long PATIENCE_NANOS = Duration.ofSeconds(3).toNanos();

  private static final long LOOK_NANOS = Duration.ofMillis(2).toNanos();

  private final Set<Member> members = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** Sessions that may have been cut off, with what they had recorded then. Guarded by lock. */
  private final Map<Member, Integer> awaited = new HashMap<>();

  /** How many sessions replay. Guarded by lock. */
  private int replaying;

  private long closedAt;
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
      long now = System.nanoTime();
      if (!closed || now - closedAt > PATIENCE_NANOS) {
        awaited.clear();
        closedAt = now;
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

  /** A session begins to replay its transaction. */
  public void replayBegins(Member member) {
    lock.lock();
    try {
      replaying++;
      awaited.remove(member);
    } finally {
      lock.unlock();
    }
  }

  /** Its transaction stands again, or is given up. */
  public void replayEnds() {
    lock.lock();
    try {
      replaying--;
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
      while (closed) {
        long waited = System.nanoTime() - closedAt;
        forgetWhoGoesOn();
        boolean overdue = waited > PATIENCE_NANOS;
        if (overdue || (replaying == 0 && (awaited.isEmpty() || waited > GRACE_NANOS))) {
          closed = false;
          changed.signalAll();
          return;
        }
        changed.awaitNanos(Math.min(LOOK_NANOS, TimeUnit.SECONDS.toNanos(1)));
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt(); // The call that follows sees to it.
    } finally {
      lock.unlock();
    }
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

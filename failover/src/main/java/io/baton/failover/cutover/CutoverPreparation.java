package io.baton.failover.cutover;

import io.baton.failover.HandOvers;
import io.baton.failover.HandOvers.Attempt;
import io.baton.failover.HandOvers.Member;
import io.baton.failover.HandOvers.Staying;
import io.baton.failover.HandOvers.Waiting;
import io.baton.routing.Cluster;
import io.baton.routing.cutover.CutoverNotice;
import io.baton.routing.cutover.CutoverStage;
import io.baton.routing.topology.Endpoint;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the sessions of one cluster open and prepare their connections to its successor, a few side
 * by side: each login costs round trips, and a pool may have hundreds of sessions. Whoever asks how
 * far it is never waits for a login.
 *
 * <p>A session is looked at again and again, for what is prepared may break, and what keeps a
 * session from being moved may come and go.
 *
 * <p>{@link #go} and {@link #unready} are used by one thread.
 */
final class CutoverPreparation {

  private static final Logger LOG = LoggerFactory.getLogger(CutoverPreparation.class);

  /** How many sessions log in at once. */
  private static final int SIDE_BY_SIDE = 4;

  /** After how long a session is looked at again; each look may hold up a call of it. */
  private static final long AGAIN_NANOS = Duration.ofMillis(25).toNanos();

  /** The same for one that the successor has refused: each attempt costs that a login. */
  private static final long REFUSED_AGAIN_NANOS = Duration.ofSeconds(1).toNanos();

  /** How long a thread that has nothing to do waits before it looks whether it is to end. */
  private static final long IDLE_MILLIS = 20;

  private final Cluster cluster;
  private final HandOvers handOvers;
  private final List<Endpoint> left;
  private final CutoverNotice notice;
  private final BooleanSupplier closed;
  private final LinkedBlockingQueue<Member> next = new LinkedBlockingQueue<>();

  /** The sessions that are in the queue, or are being looked at. */
  private final Set<Long> taken = ConcurrentHashMap.newKeySet();

  /** What is known of the sessions that were looked at: why they are not ready, empty if so. */
  private final Map<Long, String> obstacles = new ConcurrentHashMap<>();

  /** When the successor last refused a session. */
  private final Map<Long, Long> refusedAt = new ConcurrentHashMap<>();

  private boolean begun;

  /** When all were last to be looked at. */
  private long lookedAt = System.nanoTime();

  /**
   * Creates one.
   *
   * @param notice what was announced: once it has another stage, the threads of this end, each
   *     after the session that it is busy with
   * @param left the endpoints of the old side
   * @param closed whether the cluster is closed, which ends them as well
   */
  CutoverPreparation(
      Cluster cluster,
      HandOvers handOvers,
      CutoverNotice notice,
      List<Endpoint> left,
      BooleanSupplier closed) {
    this.cluster = cluster;
    this.handOvers = handOvers;
    this.notice = notice;
    this.left = left;
    this.closed = closed;
  }

  /** Has all sessions looked at that were not, or not for a moment. */
  void go() {
    long now = System.nanoTime();
    boolean isTimeForAll = now - lookedAt >= AGAIN_NANOS;
    if (isTimeForAll) {
      lookedAt = now;
    }
    for (Member one : handOvers.members()) {
      if ((isTimeForAll || !hasSeen(one)) && isDue(one, now) && taken.add(one.number())) {
        next.add(one);
      }
    }
    if (!begun) {
      begun = true;
      for (int i = 0; i < SIDE_BY_SIDE; i++) {
        cluster.thread("baton-cutover-prepare", this::prepareAll).start();
      }
    }
  }

  private boolean isDue(Member one, long now) {
    Long refused = refusedAt.get(one.number());
    return refused == null || now - refused >= REFUSED_AGAIN_NANOS;
  }

  /** The sessions of {@code present} that were looked at and are not ready, and why. */
  Map<Long, String> unready(List<Member> present) {
    Map<Long, String> unready = new LinkedHashMap<>();
    for (Member one : present) {
      String obstacle = obstacles.get(one.number());
      if (obstacle != null && !obstacle.isEmpty()) {
        unready.put(one.number(), obstacle);
      }
    }
    return unready;
  }

  /** Whether a session was looked at. */
  boolean hasSeen(Member one) {
    return obstacles.containsKey(one.number());
  }

  private void prepareAll() {
    while (!closed.getAsBoolean() && notice.equals(cluster.cutovers().present())) {
      try {
        Member one = next.poll(IDLE_MILLIS, TimeUnit.MILLISECONDS);
        if (one != null) {
          String obstacle = obstacle(one);
          obstacles.put(one.number(), obstacle == null ? "" : obstacle);
          taken.remove(one.number());
          if (isTakenBack()) {
            left.forEach(endpoint -> one.stay(endpoint, null));
          }
        }
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** Whether what was prepared is of no use. Who takes part could not cancel what was under way. */
  private boolean isTakenBack() {
    CutoverNotice present = cluster.cutovers().present();
    return present == null
        || !present.id().equals(notice.id())
        || present.stage() == CutoverStage.TAKEN_BACK;
  }

  /** Prepares the move of one session. Returns why it is not ready; null if it is. */
  private @Nullable String obstacle(Member one) {
    try {
      return prepare(one);
    } catch (RuntimeException | Error fault) {
      // One session must not end what is done for the others.
      LOG.warn("Session {} cannot be prepared for a cut over", one.number(), fault);
      return fault.toString();
    }
  }

  private @Nullable String prepare(Member one) {
    Attempt attempt = null;
    for (Endpoint endpoint : left) {
      if (one.isOnWriterAt(endpoint)) {
        attempt = one.handOver(endpoint, null);
      }
    }
    String obstacle = one.obstacle();
    if (obstacle != null) {
      return obstacle;
    }
    if (attempt instanceof Staying staying) {
      refusedAt.put(one.number(), System.nanoTime());
      return staying.reason();
    }
    return attempt instanceof Waiting waiting && !one.isPrepared() ? waiting.reason() : null;
  }
}

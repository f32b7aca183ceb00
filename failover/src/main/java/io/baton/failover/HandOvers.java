package io.baton.failover;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.baton.routing.Cluster;
import io.baton.routing.ClusterAttachment;
import io.baton.routing.monitor.ServerNotification;
import io.baton.routing.switchover.Announcer;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.ListedEndpoint;
import io.baton.routing.topology.Role;
import io.baton.routing.topology.ScheduledSwitchover;
import io.baton.routing.topology.Topology;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the sessions of one cluster from a working server to another, on request.
 *
 * <p>One thread for each endpoint that is being left goes from session to session and prepares its
 * move to another server. It comes back to sessions that were in a transaction, until all have
 * moved or the time is over. A session that cannot move stays where it is, unchanged; if its server
 * is lost later, that is an ordinary failover.
 *
 * <p>Orders come from the program ({@link #drain}, {@link #handOver}) or from the database: {@code
 * NOTIFY baton, 'drain host:port'}, {@code 'undrain host:port'} and {@code 'hand-over host:port
 * host:port'}, received on the monitor's connection to the writer. Every role that may send a
 * notification may move sessions, but only among the endpoints of this cluster.
 *
 * <p>The same ways lead to the announcement of a switchover, {@code 'switchover host:port at
 * 2026-01-01T00:00:00Z'}, for which the sessions wait: {@link #announceSwitchover}.
 *
 * <p>Thread-safe.
 */
public final class HandOvers implements ClusterAttachment {

  /** The channel on which orders are received. */
  public static final String CHANNEL = "baton";

  private static final Logger LOG = LoggerFactory.getLogger(HandOvers.class);

  /**
   * The number of sessions that prepare their move at once: each holds two connections meanwhile.
   * If none makes progress for a while, because all are in long transactions, further sessions
   * begin.
   */
  private static final int AT_ONCE = 8;

  private static final long PATIENCE_NANOS = Duration.ofMillis(50).toNanos();

  private static final long PAUSE_NANOS = Duration.ofMillis(2).toNanos();

  /** A session that can move. */
  public interface Member {

    /** Returns the number of the session in this JVM. */
    long number();

    /** Returns whether it has a connection to this server. */
    boolean isAt(Endpoint endpoint);

    /**
     * Continues its move: may open a connection, but does not wait for a transaction. It is called
     * again every few milliseconds while it is {@link Waiting}, so it keeps a pause of its own
     * between two attempts that need a server, and gives up after a few.
     *
     * @param to the server to move to; null for any suitable server
     */
    Attempt handOver(Endpoint from, @Nullable Endpoint to);

    /**
     * Cancels a move that has not taken place, unless another hand-over has taken it over.
     *
     * @return how it ended, if it has just taken place
     */
    @Nullable Attempt stay(Endpoint from, @Nullable Endpoint to);

    /** Returns whether the connection that it uses is to this server, for writing. */
    boolean isOnWriterAt(Endpoint endpoint);

    /** Returns whether the connection of a move is ready, and waits for the right moment. */
    boolean isPrepared();

    /** Returns what would keep it from being moved, as far as that is known; null if nothing. */
    @Nullable String obstacle();

    /**
     * Looks whether it is at rest: it is between two transactions, no call is under way, and the
     * connection that is prepared for it, if any, was given what the session has become. What
     * begins later finds what was published before.
     *
     * @return {@link NotThere} if it is at rest; {@link Waiting} while a transaction is open or a
     *     call is under way; {@link Staying} if it could not be moved as it is now
     */
    Attempt rest();

    /**
     * Gives up the connection of an open transaction, unless a call is under way, or not everything
     * could be brought back elsewhere: the next call replays it there.
     *
     * @return whether it was given up
     */
    boolean interrupt();

    /**
     * Returns what it has in common with other sessions so that all of them can be rebuilt if one
     * can: values that are equal are the same kind.
     */
    Object kind();

    /**
     * Rebuilds it, as it is now, on a connection of its own to the cluster that it would be cut
     * over to, has that verified, and closes the connection. The session goes on meanwhile and is
     * not touched.
     *
     * @return {@link NotThere} if all is well; {@link Waiting} if no server of that cluster is
     *     known to take writes, or it may go well a moment later; else {@link Staying}, and why
     */
    Attempt rehearse();

    /** Returns whether a connection that works keeps it at this server. */
    boolean isHeldBy(Endpoint endpoint);

    /** Returns the server processes of its connections. */
    List<Integer> backends();
  }

  /** The state of the move of one session. */
  public sealed interface Attempt {}

  /**
   * It has moved.
   *
   * @param pause how long the session could not be used
   */
  public record Moved(Endpoint to, Duration pause) implements Attempt {}

  /** It has no connection to the server. */
  public record NotThere() implements Attempt {}

  /**
   * It could not be moved yet.
   *
   * @param reason why, for people
   */
  public record Waiting(String reason) implements Attempt {}

  /**
   * It cannot be moved.
   *
   * @param reason why, for people
   */
  public record Staying(String reason) implements Attempt {}

  private final Cluster cluster;
  private final Set<Member> members = ConcurrentHashMap.newKeySet();
  private final List<HandOverObserver> listeners = new CopyOnWriteArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Map<Endpoint, Run> runs = new LinkedHashMap<>();

  private volatile Duration timeout = Duration.ofSeconds(30);
  private volatile boolean closed;

  /** Creates the hand-overs of a cluster, and subscribes to its notifications. */
  public HandOvers(Cluster cluster) {
    this.cluster = cluster;
    cluster.addNotificationListener(this::heard);
    cluster.addListener(this::drainListed);
  }

  /** Sets how long a hand-over waits for its sessions ({@code baton.drainTimeout}). */
  public void timeout(Duration newTimeout) {
    timeout = newTimeout;
    cluster.limitSwitchovers(newTimeout);
  }

  /** Adds a session that begins. */
  public void join(Member member) {
    members.add(member);
  }

  /** Removes a session that ends. */
  public void leave(Member member) {
    members.remove(member);
  }

  /** Returns the sessions there are now. */
  public List<Member> members() {
    return List.copyOf(members);
  }

  /** Returns the number of sessions. */
  public int sessions() {
    return members.size();
  }

  /** Returns the number of sessions that have a connection to a server, as far as they know. */
  public int sessionsAt(Endpoint endpoint) {
    return (int) members.stream().filter(member -> member.isAt(endpoint)).count();
  }

  /** Adds a listener. */
  public void addListener(HandOverObserver listener) {
    listeners.add(listener);
  }

  /** Removes a listener. */
  public void removeListener(HandOverObserver listener) {
    listeners.remove(listener);
  }

  /**
   * Moves all sessions off a server, and keeps new ones from it, until {@link #undrain}.
   *
   * @return the report, once all have moved or the time is over
   * @throws IllegalArgumentException if it is not an endpoint of this cluster
   */
  public CompletableFuture<HandOverReport> drain(Endpoint from) {
    require(from);
    cluster.drain(from);
    return start(from, null);
  }

  /** Allows a server to be used again, and ends a hand-over that is under way there. */
  public void undrain(Endpoint endpoint) {
    require(endpoint);
    cluster.undrain(endpoint);
    lock.lock();
    try {
      Run run = runs.get(endpoint);
      if (run != null) {
        run.cancelled = true;
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Moves the sessions of one server to another.
   *
   * @return the report, once all have moved or the time is over
   * @throws IllegalArgumentException if one is not an endpoint of this cluster, or {@code to}
   *     cannot take sessions
   */
  public CompletableFuture<HandOverReport> handOver(Endpoint from, Endpoint to) {
    require(from);
    EndpointState target = require(to);
    if (from.equals(to)) {
      throw new IllegalArgumentException("the sessions of " + from + " are there already");
    }
    if (target.role() == Role.UNKNOWN || !target.isUsable()) {
      throw new IllegalArgumentException(
          "no session can be handed over to " + to + ": " + target.availability());
    }
    return start(from, to);
  }

  /**
   * Announces that another server is going to be the writer: shortly before, new transactions wait,
   * and go on there.
   *
   * @throws IllegalArgumentException if the announcement is refused, with the reason
   */
  public void announceSwitchover(ScheduledSwitchover planned, Announcer by) {
    cluster
        .announceSwitchover(planned, by)
        .ifPresent(
            why -> {
              throw new IllegalArgumentException(why);
            });
  }

  private EndpointState require(Endpoint endpoint) {
    return cluster
        .topology()
        .state(endpoint)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    endpoint
                        + " is not an endpoint of this cluster, which has "
                        + cluster.topology().endpoints().stream()
                            .map(EndpointState::endpoint)
                            .toList()));
  }

  private CompletableFuture<HandOverReport> start(Endpoint from, @Nullable Endpoint to) {
    lock.lock();
    try {
      Run present = runs.get(from);
      if (present != null && Objects.equals(present.to, to)) {
        return present.report;
      }
      if (present != null) {
        present.cancelled = true;
      }
      Run run = new Run(from, to, System.nanoTime() + timeout.toNanos());
      runs.put(from, run);
      cluster.thread("baton-hand-over " + from, run).start();
      return run.report;
    } finally {
      lock.unlock();
    }
  }

  /** Drains the endpoints that the topology source has newly set to drain. */
  private void drainListed(Topology before, Topology now) {
    for (EndpointState state : now.endpoints()) {
      boolean wasDraining =
          before
              .state(state.endpoint())
              .map(EndpointState::listed)
              .filter(ListedEndpoint::draining)
              .isPresent();
      if (state.listed().draining() && !wasDraining && !closed) {
        CompletionStage<HandOverReport> leaving = start(state.endpoint(), null);
        leaving.thenAccept(
            report -> LOG.debug("The topology source drains an endpoint: {}", report));
      }
    }
  }

  private void heard(ServerNotification notification) {
    if (!notification.channel().equals(CHANNEL) || notification.isOfCutover()) {
      return;
    }
    try {
      obey(notification.payload().strip().split("\\s+", -1))
          .thenAccept(report -> LOG.debug("As ordered by a notification: {}", report));
    } catch (IllegalArgumentException refused) {
      LOG.warn(
          "Refused '{}' on channel {}: {}", notification.payload(), CHANNEL, refused.getMessage());
    }
  }

  private CompletionStage<?> obey(String[] words) {
    if (words.length == 2 && words[0].equals("drain")) {
      return drain(Endpoint.parse(words[1]));
    }
    if (words.length == 2 && words[0].equals("undrain")) {
      undrain(Endpoint.parse(words[1]));
      return CompletableFuture.completedStage("undrained");
    }
    if (words.length == 3 && words[0].equals("hand-over")) {
      return handOver(Endpoint.parse(words[1]), Endpoint.parse(words[2]));
    }
    if (words.length == 4 && words[0].equals("switchover") && words[2].equals("at")) {
      announceSwitchover(
          ScheduledSwitchover.at(Endpoint.parse(words[1]), words[3]), Announcer.NOTIFICATION);
      return CompletableFuture.completedStage("announced");
    }
    throw new IllegalArgumentException(
        "send 'drain host:port', 'undrain host:port', 'hand-over host:port host:port' or"
            + " 'switchover host:port at 2026-01-01T00:00:00Z'");
  }

  /** Ends all hand-overs; the sessions stay where they are. */
  @Override
  public void close() {
    closed = true;
  }

  /** One hand-over of the sessions of one server. */
  private final class Run implements Runnable {

    private final Endpoint from;
    private final @Nullable Endpoint to;
    private final long deadline;
    private final CompletableFuture<HandOverReport> report = new CompletableFuture<>();
    private final Map<Long, SessionHandOver> done = new LinkedHashMap<>();
    private volatile boolean cancelled;

    Run(Endpoint from, @Nullable Endpoint to, long deadline) {
      this.from = from;
      this.to = to;
      this.deadline = deadline;
    }

    @Override
    public void run() {
      Map<Member, String> waiting = new LinkedHashMap<>();
      try {
        long lastProgress = System.nanoTime();
        int atOnce = AT_ONCE;
        do {
          int before = done.size();
          waiting = round(waiting.keySet(), atOnce);
          if (done.size() > before) {
            lastProgress = System.nanoTime();
          } else if (System.nanoTime() - lastProgress > PATIENCE_NANOS) {
            lastProgress = System.nanoTime();
            atOnce += AT_ONCE;
          }
          if (!waiting.isEmpty()) {
            LockSupport.parkNanos(PAUSE_NANOS);
          }
        } while (!waiting.isEmpty() && !isOver());
        waiting.forEach(this::giveUp);
      } finally {
        end();
      }
    }

    /**
     * Continues the waiting sessions and begins with others; returns those that still wait, and
     * why.
     */
    private Map<Member, String> round(Set<Member> begun, int atOnce) {
      Map<Member, String> waiting = new LinkedHashMap<>();
      for (Member member : begun) {
        attempt(member, waiting);
      }
      for (Member member : members) {
        if (waiting.size() >= atOnce) {
          break;
        }
        if (!begun.contains(member) && !isStaying(member) && member.isAt(from)) {
          attempt(member, waiting);
        }
      }
      return waiting;
    }

    private boolean isOver() {
      return cancelled || closed || System.nanoTime() - deadline >= 0;
    }

    private boolean isStaying(Member member) {
      SessionHandOver known = done.get(member.number());
      return known != null && known.to() == null;
    }

    private void attempt(Member member, Map<Member, String> waiting) {
      Attempt attempt;
      try {
        attempt = member.handOver(from, to);
      } catch (RuntimeException fault) { // One session must not end the hand-over of the others.
        LOG.warn("Session {} cannot be handed over", member.number(), fault);
        member.stay(from, to);
        attempt = new Staying(fault.toString());
      }
      if (attempt instanceof Waiting waits) {
        waiting.put(member, waits.reason());
      } else {
        ended(member, attempt);
      }
    }

    private void ended(Member member, Attempt attempt) {
      if (attempt instanceof Moved moved) {
        tell(new SessionHandOver(member.number(), from, moved.to(), moved.pause(), null));
      } else if (attempt instanceof Staying stays) {
        tell(new SessionHandOver(member.number(), from, null, Duration.ZERO, stays.reason()));
      }
    }

    private void giveUp(Member member, String reason) {
      Attempt end = member.stay(from, to);
      String why = cancelled ? "the hand-over was called off" : "not in time: " + reason;
      ended(member, end == null ? new Staying(why) : end);
    }

    private void tell(SessionHandOver one) {
      done.put(one.session(), one);
      HandOverRecording.record(one);
      for (HandOverObserver listener : listeners) {
        try {
          listener.sessionDone(one);
        } catch (RuntimeException failure) {
          LOG.warn("A listener failed on being told of {}", one, failure);
        }
      }
    }

    private void end() {
      lock.lock();
      try {
        runs.remove(from, this);
      } finally {
        lock.unlock();
      }
      HandOverReport whole = new HandOverReport(from, to, new ArrayList<>(done.values()));
      LOG.info("{}", whole);
      report.complete(whole);
      for (HandOverObserver listener : listeners) {
        try {
          listener.handOverEnded(whole);
        } catch (RuntimeException failure) {
          LOG.warn("A listener failed on being told of {}", whole, failure);
        }
      }
    }
  }
}

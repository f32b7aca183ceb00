package io.baton.engine;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.baton.jdbc.pgjdbc.Opening;
import io.baton.routing.Cluster;
import io.baton.routing.ClusterAttachment;
import io.baton.routing.cutover.CutoverNotice;
import io.baton.routing.cutover.CutoverStage;
import io.baton.routing.cutover.Cutovers;
import io.baton.routing.monitor.UnexpectedFailures;
import io.baton.routing.topology.Availability;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.Role;
import io.baton.routing.topology.Topology;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections to the standbys of a cluster that are logged in and idle ({@code baton.warm}): when
 * one is promoted, the first sessions that move there need no login. PostgreSQL keeps the
 * connections of a standby through its promotion. There are no more of them than sessions that have
 * made a call in the last half minute: the others are not waited for.
 *
 * <p>The argument that such a connection is as good as a new one:
 *
 * <ul>
 *   <li><b>It is the same login.</b> They are kept by all properties of the session's URL and its
 *       credentials; only sessions whose properties are the same, to the letter, take them.
 *   <li><b>A session that moves has been let in before.</b> That its role may not log in any more,
 *       by now, would end no session of PostgreSQL's either. Only sessions that move take them; the
 *       first connection of a session always logs in.
 *   <li><b>It begins as the session did.</b> What it began with was asked when it was opened,
 *       before anything was set on it, and nothing was set since. What differs from what the
 *       session began with is set, as on any other server: see {@link io.baton.session.Baseline}.
 *       It does not matter when either began. Where the configuration was loaded again since, it is
 *       asked once more. A session of which it is not known what it began with logs in.
 *   <li><b>It leads to the same database as the same role.</b> PostgreSQL ends no connection when a
 *       database or a role is renamed, when the role is no superuser any more, or when settings are
 *       given to either, so all of this is compared with what it was; and whether logins are
 *       encrypted. What runs at a login ran on a standby: where an event trigger does, there are
 *       none.
 *   <li><b>It leads to the writer.</b> It is asked who its server is before anything else is done
 *       on it: the standby that it was opened to, not restarted since, now promoted; and that is
 *       the server that the monitor knows at this address. Then all that is asked of a new
 *       connection is asked of it, such as whether its timeline is the cluster's newest.
 *   <li><b>It holds nothing.</b> No snapshot, lock or slot of a role that has few: roles and
 *       databases with a connection limit have none, nor has a server that is half full. It is no
 *       session of the endpoint: neither a drain nor an endpoint that has left the list waits for
 *       it. One that is left over on a new primary is closed soon, and so is one whose standby is
 *       drained or gone, and each after half an hour.
 *   <li><b>A dead one costs less than it saves.</b> What the server has ended is seen without
 *       asking. An answer is waited for no longer than {@link #ANSWER_LIMIT}, by a session once,
 *       and a login follows.
 * </ul>
 *
 * <p>They are opened at ease, on a thread of their own: one after the other, and only while there
 * has been the same writer for a second.
 *
 * <p>Thread-safe.
 */
final class WarmConnections implements ClusterAttachment {

  /** How long a session waits for what a warm connection says of its server. */
  static final Duration ANSWER_LIMIT = Duration.ofMillis(250);

  private static final Logger LOG = LoggerFactory.getLogger(WarmConnections.class);

  private static final Duration OPENING_LIMIT = Duration.ofSeconds(10);
  private static final Duration PERIOD = Duration.ofSeconds(2);
  private static final Duration BETWEEN_TWO = Duration.ofMillis(100);

  /** For how long there has to have been the same writer. */
  private static final Duration SETTLED = Duration.ofSeconds(1);

  /** For how long those are kept that no session has taken when their standby was promoted. */
  private static final Duration LEFT_OVER = Duration.ofSeconds(10);

  /** When one that is not needed by now is given up. */
  private static final Duration SURPLUS_AFTER = Duration.ofMinutes(5);

  private static final Duration LONGEST_IDLE = Duration.ofMinutes(1);
  private static final Duration LONGEST_LIFE = Duration.ofMinutes(30);

  private final Cluster cluster;
  private final UnexpectedFailures unexpected =
      new UnexpectedFailures("The thread that keeps warm connections");

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private final Map<WarmLogin.Key, WarmLogin> logins = new HashMap<>();

  @GuardedBy("lock")
  private long settledSince = System.nanoTime();

  /** Whether the topology has changed since it was looked at. */
  @GuardedBy("lock")
  private boolean news;

  @GuardedBy("lock")
  private boolean started;

  @GuardedBy("lock")
  private boolean closed;

  /** What is being opened; null if nothing is. */
  private volatile @Nullable Opening opening;

  /** Makes one that begins with the first share and standby. */
  WarmConnections(Cluster cluster) {
    this.cluster = cluster;
    cluster.addListener(this::topologyChanged);
    cluster.slots().addHolder(this::giveUp);
  }

  /** Where one is to be opened. */
  private record Vacancy(WarmLogin kept, Endpoint endpoint) {}

  /** The share of those who log in in one way; closed when they are done. */
  final class Share implements AutoCloseable {

    private final WarmLogin.Key login;
    private final Integer most;

    private final AtomicBoolean left = new AtomicBoolean();

    private Share(WarmLogin.Key login, int most) {
      this.login = login;
      this.most = most;
    }

    /** A session begins. */
    void join(WarmLogin.Caller caller) {
      WarmLogin kept = kept(login);
      if (kept != null) {
        kept.join(caller);
      }
    }

    /** The session has ended. */
    void leave(WarmLogin.Caller caller) {
      WarmLogin kept = kept(login);
      if (kept != null) {
        kept.leave(caller);
      }
    }

    /** Takes one to the server at an address; null if there is none. */
    @Nullable WarmConnection take(Endpoint endpoint) {
      return WarmConnections.this.take(login, endpoint);
    }

    @Override
    public void close() {
      if (left.compareAndSet(false, true)) {
        WarmConnections.this.leave(login, most);
      }
    }
  }

  private @Nullable WarmLogin kept(WarmLogin.Key login) {
    lock.lock();
    try {
      return logins.get(login);
    } finally {
      lock.unlock();
    }
  }

  /** A share for those who log in in this way. */
  Share share(WarmLogin.Way way) {
    WarmLogin.Key login = way.key();
    lock.lock();
    try {
      logins.computeIfAbsent(login, none -> new WarmLogin(way)).shared(way.most());
      startIfNeeded(cluster.topology());
      return new Share(login, way.most());
    } finally {
      lock.unlock();
    }
  }

  private void leave(WarmLogin.Key login, Integer most) {
    List<WarmConnection> left = List.of();
    lock.lock();
    try {
      WarmLogin kept = logins.get(login);
      if (kept != null && kept.isLastShare(most)) {
        logins.remove(login);
        left = kept.connections();
      }
    } finally {
      lock.unlock();
    }
    left.forEach(WarmConnection::close);
  }

  private @Nullable WarmConnection take(WarmLogin.Key login, Endpoint endpoint) {
    lock.lock();
    try {
      WarmLogin kept = logins.get(login);
      if (kept == null) {
        return null;
      }
      for (Iterator<WarmConnection> each = kept.connections().iterator(); each.hasNext(); ) {
        WarmConnection one = each.next();
        if (one.endpoint().equals(endpoint)) {
          each.remove();
          if (!one.isOver()) {
            return one;
          }
          one.abort(null);
        }
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  /** A session needs a place where there are too few. */
  private boolean giveUp(Endpoint endpoint) {
    List<WarmConnection> given = new ArrayList<>();
    lock.lock();
    try {
      for (WarmLogin kept : logins.values()) {
        removeAt(endpoint, kept, given);
        kept.backOff(endpoint, null);
      }
    } finally {
      lock.unlock();
    }
    given.forEach(one -> one.abort(null));
    return !given.isEmpty();
  }

  private static void removeAt(Endpoint endpoint, WarmLogin kept, List<WarmConnection> removed) {
    for (Iterator<WarmConnection> each = kept.connections().iterator(); each.hasNext(); ) {
      WarmConnection one = each.next();
      if (one.endpoint().equals(endpoint)) {
        each.remove();
        removed.add(one);
      }
    }
  }

  private void topologyChanged(Topology before, Topology now) {
    lock.lock();
    try {
      if (!Objects.equals(writer(before), writer(now))) {
        settledSince = System.nanoTime();
      }
      startIfNeeded(now);
      news = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private static @Nullable Endpoint writer(Topology topology) {
    return topology.writer().map(EndpointState::endpoint).orElse(null);
  }

  @GuardedBy("lock")
  private void startIfNeeded(Topology topology) {
    if (!started && !closed && !logins.isEmpty() && !topology.readers().isEmpty()) {
      started = true;
      cluster.thread("baton-warm", this::run).start();
    }
  }

  private void run() {
    try {
      while (await(PERIOD)) {
        try {
          round();
        } catch (RuntimeException | Error failure) {
          unexpected.tell(failure); // The next round is as far as any other.
        }
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    } finally {
      all().forEach(one -> one.abort("the cluster is closed"));
    }
  }

  private void round() throws InterruptedException {
    tidy().forEach(WarmConnection::close);
    touch();
    for (Vacancy vacancy = vacancy(); vacancy != null; vacancy = vacancy()) {
      fill(vacancy);
      if (!await(BETWEEN_TWO)) {
        return;
      }
    }
  }

  /** Waits for a change, with a tenth of chance; returns false when the cluster is closed. */
  private boolean await(Duration pause) throws InterruptedException {
    long nanos = pause.toNanos();
    nanos += ThreadLocalRandom.current().nextLong(nanos / 10);
    lock.lock();
    try {
      for (long left = nanos; left > 0 && !news && !closed; ) {
        left = changed.awaitNanos(left);
      }
      news = false;
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  /** Takes out those that are of no use any more. */
  private List<WarmConnection> tidy() {
    Topology topology = cluster.topology();
    List<WarmConnection> useless = new ArrayList<>();
    lock.lock();
    try {
      for (WarmLogin kept : logins.values()) {
        for (Iterator<WarmConnection> each = kept.connections().iterator(); each.hasNext(); ) {
          WarmConnection one = each.next();
          EndpointState state = topology.state(one.endpoint()).orElse(null);
          boolean isOver = one.isOver();
          if (isOver) {
            kept.ended(one);
          }
          if (isOver
              || one.age().compareTo(LONGEST_LIFE) > 0
              || !isOfUse(state)
              || (one.age().compareTo(SURPLUS_AFTER) > 0
                  && kept.count(one.endpoint()) > kept.wanted())
              || (state != null && state.role() == Role.WRITER && isSettledFor(LEFT_OVER))) {
            each.remove();
            useless.add(one);
          }
        }
      }
    } finally {
      lock.unlock();
    }
    return useless;
  }

  private static boolean isOfUse(@Nullable EndpointState state) {
    return state != null
        && state.abortReason() == null
        && state.availability() != Availability.DRAINING
        && state.availability() != Availability.DOWN;
  }

  @GuardedBy("lock")
  private boolean isSettledFor(Duration time) {
    return System.nanoTime() - settledSince >= time.toNanos();
  }

  /** Asks one for a sign of life that was idle for long. */
  private void touch() {
    WarmLogin of = null;
    WarmConnection due = null;
    lock.lock();
    try {
      for (WarmLogin kept : logins.values()) {
        for (WarmConnection one : kept.connections()) {
          if (one.idle().compareTo(LONGEST_IDLE) > 0) {
            of = kept;
            due = one;
          }
        }
      }
      if (of == null || due == null) {
        return;
      }
      of.connections().remove(due);
    } finally {
      lock.unlock();
    }
    if (due.answers()) {
      keep(of, due);
    } else {
      ended(of, due);
      due.close();
    }
  }

  private void ended(WarmLogin kept, WarmConnection one) {
    lock.lock();
    try {
      kept.ended(one);
    } finally {
      lock.unlock();
    }
  }

  private void keep(WarmLogin kept, WarmConnection one) {
    boolean isWanted;
    lock.lock();
    try {
      isWanted = !closed && kept.isShared();
      if (isWanted) {
        kept.connections().add(one);
      }
    } finally {
      lock.unlock();
    }
    if (!isWanted) {
      one.close();
    }
  }

  private @Nullable Vacancy vacancy() {
    Topology topology = cluster.topology();
    if (!topology.hasWriter() || isCutoverUnderWay()) {
      return null;
    }
    lock.lock();
    try {
      if (!isSettledFor(SETTLED)) {
        return null;
      }
      for (WarmLogin kept : logins.values()) {
        for (EndpointState reader : topology.readers()) {
          if (reader.isUsable()
              && isOfPresentCluster(reader.endpoint())
              && !kept.isPaused(reader.endpoint())
              && count(reader.endpoint()) < kept.most()
              && kept.count(reader.endpoint()) < kept.wanted()) {
            return new Vacancy(kept, reader.endpoint());
          }
        }
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  /** Whether sessions are about to go to another cluster. A rehearsal moves none. */
  private boolean isCutoverUnderWay() {
    CutoverNotice newest = cluster.cutovers().newest();
    return newest != null && newest.stage() != CutoverStage.REHEARSED && !newest.stage().isFinal();
  }

  /** Whether sessions are at this server's cluster: neither left, nor only prepared for. */
  private boolean isOfPresentCluster(Endpoint endpoint) {
    Cutovers cutovers = cluster.cutovers();
    return cutovers.isOpened() ? !cutovers.isLeft(endpoint) : !cutovers.isOfSuccessor(endpoint);
  }

  @GuardedBy("lock")
  private long count(Endpoint endpoint) {
    return logins.values().stream().mapToLong(kept -> kept.count(endpoint)).sum();
  }

  private void fill(Vacancy vacancy) {
    WarmLogin.Way way = vacancy.kept().way();
    Endpoint endpoint = vacancy.endpoint();
    Opening now = way.connector().opening(endpoint);
    opening = now;
    try {
      if (isClosed()) {
        return;
      }
      WarmConnection opened =
          WarmConnection.open(
              now, way.beginning().apply(endpoint), cluster.settings().kind(), OPENING_LIMIT);
      keep(vacancy.kept(), opened);
    } catch (SQLException | RuntimeException refused) {
      LOG.debug("No connection to {} is kept for a failover: {}", endpoint, refused.getMessage());
      backOff(vacancy, refused instanceof SQLException said ? said : null);
    } finally {
      opening = null;
    }
  }

  private void backOff(Vacancy vacancy, @Nullable SQLException refused) {
    lock.lock();
    try {
      vacancy.kept().backOff(vacancy.endpoint(), refused);
    } finally {
      lock.unlock();
    }
  }

  private boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  private List<WarmConnection> all() {
    lock.lock();
    try {
      List<WarmConnection> all = new ArrayList<>();
      logins.values().forEach(kept -> all.addAll(kept.connections()));
      logins.clear();
      return all;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    Opening now = opening;
    if (now != null) {
      now.abort("the cluster is closed");
    }
    all().forEach(one -> one.abort("the cluster is closed"));
  }
}

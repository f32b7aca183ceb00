package io.baton.routing.monitor;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.baton.routing.topology.Endpoint;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The way to reach the servers of one cluster that is shared by all who use the cluster: as the
 * same user, by the same way of connecting, and possibly with different passwords, of which some
 * may be old, and some wrong.
 *
 * <p>What worked last is tried first. A password that an application mistyped so disturbs nobody,
 * and after a change of passwords each server refuses one login before the newer password is tried.
 * Credentials that were refused are tried again only where there are no others, in turn, one login
 * for each attempt. Two are kept: those that worked last, and the newest.
 *
 * <p>Safe for use by many threads.
 */
public final class SharedConnector implements Connector {

  private static final int KEPT = 2;

  /** One way, and whether its credentials were refused when they were last tried. */
  private static final class Candidate {
    private final Connector connector;
    private final boolean refused;

    Candidate(Connector connector, boolean refused) {
      this.connector = connector;
      this.refused = refused;
    }

    Connector connector() {
      return connector;
    }

    boolean refused() {
      return refused;
    }
  }

  private final ReservedSlots slots = new ReservedSlots();
  private final AtomicInteger news = new AtomicInteger();
  private final ReentrantLock lock = new ReentrantLock();

  /** The one to try next first. */
  @GuardedBy("lock")
  private final List<Candidate> candidates = new ArrayList<>();

  /** Makes one that has this one way. */
  public SharedConnector(Connector first) {
    candidates.add(new Candidate(first, false));
  }

  /** The connections that sessions wait for: attempts of this connector wait for them. */
  public ReservedSlots slots() {
    return slots;
  }

  /**
   * Keeps attempts away from an endpoint, and has those who hold a connection there give it up.
   *
   * @param also another one who may hold one
   * @return empty if nobody had any
   */
  public Optional<ReservedSlots.Reservation> yieldConnection(
      Endpoint endpoint, BooleanSupplier also) {
    ReservedSlots.Reservation reservation = slots.reserve(endpoint);
    boolean had = also.getAsBoolean();
    if (slots.giveUp(endpoint) || had) {
      return Optional.of(reservation);
    }
    reservation.close();
    return Optional.empty();
  }

  /**
   * Takes over another way, unless its credentials are known.
   *
   * @return whether they are new
   */
  public boolean offer(Connector connector) {
    lock.lock();
    try {
      if (find(connector) != null) {
        return false;
      }
      if (candidates.size() == KEPT) {
        candidates.remove(candidates.get(0).refused() ? 0 : KEPT - 1);
      }
      int firstRefused = 0;
      while (firstRefused < candidates.size() && !candidates.get(firstRefused).refused()) {
        firstRefused++;
      }
      candidates.add(firstRefused, new Candidate(connector, false));
    } finally {
      lock.unlock();
    }
    news.incrementAndGet();
    return true;
  }

  /**
   * Takes note that somebody else logged in by a way that was offered: it is tried first from now
   * on.
   *
   * @return whether that is news, since it was refused before, or is not kept
   */
  public boolean worked(Connector connector) {
    boolean isNews;
    lock.lock();
    try {
      Candidate known = find(connector);
      isNews = known == null || known.refused();
      candidates.remove(known);
      if (candidates.size() == KEPT) {
        candidates.remove(KEPT - 1);
      }
      candidates.add(0, new Candidate(known == null ? connector : known.connector(), false));
    } finally {
      lock.unlock();
    }
    if (isNews) {
      news.incrementAndGet();
    }
    return isNews;
  }

  @GuardedBy("lock")
  private @Nullable Candidate find(Connector connector) {
    Object credentials = connector.credentials();
    for (Candidate candidate : candidates) {
      if (candidate.connector().credentials().equals(credentials)) {
        return candidate;
      }
    }
    return null;
  }

  /** How often there was a reason to try again where logins were refused. */
  int news() {
    return news.get();
  }

  private Candidate first() {
    lock.lock();
    try {
      return candidates.get(0);
    } finally {
      lock.unlock();
    }
  }

  private void worked(Candidate candidate) {
    lock.lock();
    try {
      if (candidates.remove(candidate)) {
        candidates.add(0, new Candidate(candidate.connector(), false));
      }
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether there is one to be tried next that was not refused. */
  private boolean refused(Candidate candidate) {
    lock.lock();
    try {
      if (candidates.remove(candidate)) {
        candidates.add(new Candidate(candidate.connector(), true));
      }
      return !candidates.get(0).refused();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public ConnectionAttempt attempt(Endpoint endpoint, Duration timeout) {
    return new Attempt(endpoint, timeout);
  }

  @Override
  public List<ServerNotification> await(Connection connection, Duration timeout)
      throws SQLException {
    return first().connector().await(connection, timeout);
  }

  @Override
  public OptionalInt backendProcessId(Connection connection) throws SQLException {
    return first().connector().backendProcessId(connection);
  }

  /** An attempt by one way, and by another where the credentials of the first are refused. */
  private final class Attempt implements ConnectionAttempt {

    private final Endpoint endpoint;
    private final Duration timeout;
    private volatile @Nullable ConnectionAttempt present;
    private volatile @Nullable String abortReason;

    Attempt(Endpoint endpoint, Duration timeout) {
      this.endpoint = endpoint;
      this.timeout = timeout;
    }

    @Override
    public Connection open() throws SQLException {
      awaitFree();
      SQLException first = null;
      for (; ; ) {
        Candidate candidate = first();
        ConnectionAttempt attempt = candidate.connector().attempt(endpoint, timeout);
        present = attempt;
        // An abort is seen here, or it sees the attempt: each looks after it has written.
        String reason = abortReason;
        if (reason != null) {
          attempt.abort(reason);
        }
        try {
          Connection opened = attempt.open();
          worked(candidate);
          return opened;
        } catch (SQLException failure) {
          if (first == null) {
            first = failure;
          } else {
            first.addSuppressed(failure);
          }
          if (!ConnectPauses.isOfLogin(failure) || !refused(candidate)) {
            throw first;
          }
        }
      }
    }

    private void awaitFree() throws SQLException {
      try {
        slots.awaitFree(endpoint, () -> abortReason != null);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new SQLException("Interrupted before it was connected", "08001", interrupted);
      }
    }

    @Override
    public void abort(String reason) {
      abortReason = reason;
      slots.wake();
      ConnectionAttempt attempt = present;
      if (attempt != null) {
        attempt.abort(reason);
      }
    }
  }
}

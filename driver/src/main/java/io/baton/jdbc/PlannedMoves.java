package io.baton.jdbc;

import io.baton.failover.Deadline;
import io.baton.failover.HandOvers;
import io.baton.failover.HandOvers.Attempt;
import io.baton.failover.HandOvers.Moved;
import io.baton.failover.HandOvers.NotThere;
import io.baton.failover.HandOvers.Staying;
import io.baton.failover.HandOvers.Waiting;
import io.baton.routing.topology.Endpoint;
import io.baton.session.TransactionStatus;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGNotification;

/**
 * The moves of one session to another server that somebody has ordered: prepared by a thread of the
 * cluster, and finished by whoever first finds the session between two transactions, that thread or
 * the application's next call.
 *
 * <p>Thread-safe; what changes the session is guarded by the lock of its calls.
 */
final class PlannedMoves implements HandOvers.Member {

  private static final AtomicLong NUMBERS = new AtomicLong();

  private final long number = NUMBERS.incrementAndGet();
  private final Servers servers;
  private final Seats seats;
  private final SessionRecord record;
  private final ClientSettings client;
  private final ReentrantLock calls;
  private final BooleanSupplier closed;
  private final HandOvers handOvers;

  /** A move that is being prepared, or has ended and was not told yet. */
  private volatile @Nullable Relocation relocation;

  /** What the server that was left had to say. */
  private final Queue<PGNotification> heard = new ConcurrentLinkedQueue<>();

  PlannedMoves(
      Servers servers,
      Seats seats,
      SessionRecord record,
      ClientSettings client,
      ReentrantLock calls,
      BooleanSupplier closed) {
    this.servers = servers;
    this.seats = seats;
    this.record = record;
    this.client = client;
    this.calls = calls;
    this.closed = closed;
    this.handOvers = servers.handOvers();
  }

  /** The session begins. */
  void join() {
    handOvers.join(this);
  }

  /** The session ends. */
  void leave() {
    handOvers.leave(this);
    Relocation moving = relocation;
    if (moving != null) {
      moving.seat().leave();
    }
  }

  /**
   * Moves the session, if that has been prepared and it is between transactions; under the lock of
   * its calls.
   */
  void take() {
    if (relocation != null) {
      relocate();
    }
  }

  private boolean isIdle() {
    return seats.current().physical().transactionStatus() == TransactionStatus.IDLE;
  }

  @Override
  public long number() {
    return number;
  }

  @Override
  public boolean isAt(Endpoint endpoint) {
    return seats.isAt(endpoint);
  }

  @Override
  public Attempt handOver(Endpoint leaving, @Nullable Endpoint to) {
    if (closed.getAsBoolean()) {
      return new NotThere();
    }
    try {
      Relocation moving = relocation;
      if (moving == null) {
        Seat seat = seats.current();
        if (!seat.physical().endpoint().equals(leaving)) {
          return leaveSpare(leaving);
        }
        Deadline deadline = servers.within(servers.failoverTimeout());
        Optional<Seat> instead = servers.openInsteadOf(seat, to, deadline);
        if (instead.isEmpty()) {
          return new Waiting(
              "there is no other server that " + (seat.isOnWriter() ? "takes writes" : "reads"));
        }
        moving = new Relocation(seat, instead.get());
        moving.prepare(record.tracker().state());
        relocation = moving;
        if (closed.getAsBoolean()) { // meanwhile, by somebody who could not know of it
          stay();
          return new NotThere();
        }
      }
      if (moving.end() == null && calls.tryLock()) {
        try {
          relocate();
        } finally {
          calls.unlock();
        }
      }
      return told(moving);
    } catch (SQLException failure) {
      stay();
      return new Waiting(String.valueOf(failure.getMessage()));
    }
  }

  private Attempt told(Relocation moving) {
    Attempt end = moving.end();
    if (end == null) {
      return moving.waiting();
    }
    relocation = null;
    return end;
  }

  private Attempt leaveSpare(Endpoint leaving) {
    if (!calls.tryLock()) {
      return new Waiting("a call is under way");
    }
    try {
      seats.leaveSpare(leaving);
      return new NotThere();
    } finally {
      calls.unlock();
    }
  }

  @Override
  public @Nullable Attempt stay() {
    Relocation moving = relocation;
    if (moving == null) {
      return null;
    }
    while (moving.end() == null && !moving.take()) {
      Thread.onSpinWait(); // It takes place at this moment, within a few round trips.
    }
    Attempt end = moving.end();
    if (end == null) {
      moving.seat().leave();
    }
    relocation = null;
    return end;
  }

  /**
   * Exchanges the seat for the one that has been prepared, if the session is between transactions.
   * Whatever fails leaves it where it is.
   */
  private void relocate() {
    Relocation moving = relocation;
    if (moving == null
        || moving.end() != null
        || closed.getAsBoolean()
        || !isIdle()
        || !moving.take()) {
      return;
    }
    List<PGNotification> said = new ArrayList<>();
    Attempt attempt = finished(moving, said);
    if (attempt instanceof Moved) {
      heard.addAll(said);
      seats.exchange(moving.from(), moving.seat());
    } else if (attempt instanceof Waiting waiting && !moving.isBroken()) {
      moving.giveBack(waiting);
      return;
    } else {
      moving.seat().leave();
    }
    moving.end(attempt);
  }

  private Attempt finished(Relocation moving, List<PGNotification> said) {
    if (moving.from() != seats.current()) {
      return new NotThere();
    }
    try {
      return moving.finish(record.tracker(), client, said);
    } catch (SQLException failure) {
      String message = String.valueOf(failure.getMessage());
      return moving.isBroken() ? new Waiting(message) : new Staying(message);
    }
  }

  /** A moment at which the session can be moved, while the application waits for notifications. */
  void pauseBetweenNotifications() {
    if (relocation != null) {
      calls.lock(); // Waited for, or whoever moves the session might never get its turn to ask.
      try {
        relocate();
      } finally {
        calls.unlock();
      }
    }
  }

  /** What a server that was left had to say, once. */
  List<PGNotification> takeHeard() {
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

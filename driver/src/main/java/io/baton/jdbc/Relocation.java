package io.baton.jdbc;

import io.baton.failover.HandOvers.Attempt;
import io.baton.failover.HandOvers.Moved;
import io.baton.failover.HandOvers.NotThere;
import io.baton.failover.HandOvers.Staying;
import io.baton.failover.HandOvers.Waiting;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.ReadBack;
import io.baton.session.Restoration;
import io.baton.session.ServerState;
import io.baton.session.SessionLoss;
import io.baton.session.SessionState;
import io.baton.session.SessionTracker;
import io.baton.session.TemporaryDefinitions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGNotification;

/**
 * One session's move from a server that works to another, in two steps.
 *
 * <p>First, in the background, a seat on the other server is opened and, as far as the session is
 * not tied to the old one, brought in step; the application's calls go on meanwhile. Then, between
 * two transactions, under the lock of the session's calls, {@link #finish}: what has changed since
 * is caught up with, temporary relations are copied with what they hold, channels are listened to,
 * and <em>both servers are asked</em> what they hold for the session. Only if they say the same is
 * the seat exchanged. The old one stays whole until then, so whatever goes wrong before leaves the
 * session as it was.
 *
 * <p>The old server is the authority: if it says something else than the new one, the tracker takes
 * over what the old one says, and it is tried once more.
 *
 * <p>Channels are listened to on the new server before the old one is left, and what the old one
 * has to say until then is kept for the application: nothing is missed. Where both endpoints lead
 * to one server, a notification sent in that moment may arrive twice.
 */
final class Relocation {

  private final Seat from;
  private final Seat seat;
  private final AtomicBoolean taken = new AtomicBoolean();
  private volatile Waiting waiting = new Waiting("a transaction is open, or a call is under way");
  private volatile @Nullable Attempt end;

  Relocation(Seat from, Seat seat) {
    this.from = from;
    this.seat = seat;
  }

  /** Where the session moves to. */
  Seat seat() {
    return seat;
  }

  Seat from() {
    return from;
  }

  /** Whether one of the two connections is gone. */
  boolean isBroken() {
    return from.physical().isSevered() || seat.physical().isSevered();
  }

  /** How it ended; null while it has not. */
  @Nullable Attempt end() {
    return end;
  }

  void end(Attempt attempt) {
    end = attempt;
  }

  /** Whether the caller may decide about this move: only one at a time. */
  boolean take() {
    return taken.compareAndSet(false, true);
  }

  /** Nothing was decided, for this reason. */
  void giveBack(Waiting reason) {
    waiting = reason;
    taken.set(false);
  }

  /** What is waited for. */
  Waiting waiting() {
    return waiting;
  }

  /**
   * Brings the seat in step with a state as far as that ties the session to no server; nobody else
   * uses the seat yet.
   *
   * <p>The question is asked here for the first time: a new backend has its catalogue caches to
   * fill, which takes ten times as long as the question itself.
   */
  void prepare(SessionState state) throws SQLException {
    ask(seat, ReadBack.askingFor(List.of()));
    if (!state.isPinned() && !state.isFresh()) {
      List<SessionLoss> losses =
          Restoration.forHandOver(SessionState.FRESH, state, Map.of())
              .runOn(seat.physical().connection());
      if (losses.isEmpty()) {
        seat.applied(state);
      }
    }
  }

  /**
   * Has the session stand on the new seat as it stands on the old one. To be called between
   * transactions, under the lock of the session's calls.
   *
   * @param heard takes what the old server had to say
   * @return that it has moved, and the old seat can be left; or why not
   * @throws SQLException if one of the connections breaks, or a server refuses something
   */
  Attempt finish(SessionTracker tracker, ClientSettings client, List<PGNotification> heard)
      throws SQLException {
    long began = System.nanoTime();
    PhysicalConnection old = from.physical();
    if (old.isSevered()) {
      return new NotThere();
    }
    Attempt obstacle = obstacle(tracker);
    if (obstacle != null) {
      return obstacle;
    }
    String difference = exchangeable(tracker, client);
    if (!difference.isEmpty()) {
      return new Staying("the two servers differ about the session: " + difference);
    }
    heard.addAll(old.takeNotifications());
    return new Moved(seat.physical().endpoint(), Duration.ofNanos(System.nanoTime() - began));
  }

  private @Nullable Attempt obstacle(SessionTracker tracker) {
    SessionState state = tracker.state();
    if (from.physical().isExposed()) {
      return new Staying("the application holds an object of the PostgreSQL driver");
    }
    if (tracker.needsReadBack()) {
      return new Waiting("what its last statement changed has not been read back");
    }
    if (!state.heldCursors().isEmpty()) {
      return new Waiting("a cursor WITH HOLD is open: " + state.heldCursors());
    }
    if (state.seeded()) {
      return new Staying("setseed was called, and the sequence of random numbers is there only");
    }
    return null;
  }

  /** What differs when all has been done that can be; empty if nothing does. */
  private String exchangeable(SessionTracker tracker, ClientSettings client) throws SQLException {
    Seats.inAutocommit(from.physical(), connection -> step(tracker.state()));
    seat.physical().takeDefaultsOf(from.physical());
    seat.apply(client);
    String difference = difference(tracker);
    if (!difference.isEmpty() && !tracker.state().isPinned()) {
      tracker.digest(ask(from, tracker.readBack()));
      from.applied(tracker.state());
      Seats.inAutocommit(from.physical(), connection -> step(tracker.state()));
      difference = difference(tracker);
    }
    return difference;
  }

  private boolean step(SessionState state) throws SQLException {
    PhysicalConnection target = seat.physical();
    if (seat.applied().equals(state)) {
      return true;
    }
    Map<String, List<String>> definitions =
        TemporaryDefinitions.ask(from.physical().connection(), state.temporaries());
    List<SessionLoss> losses =
        Seats.inAutocommit(
            target, Restoration.forHandOver(seat.applied(), state, definitions)::runOn);
    if (!losses.isEmpty()) {
      throw new SQLException(losses.get(0).toString(), "55000");
    }
    if (!state.temporaries().isEmpty()) {
      Seats.inAutocommit(
          target,
          connection -> {
            target.takeTemporaryRowsOf(from.physical(), state.temporaries());
            return true;
          });
    }
    seat.applied(state);
    return true;
  }

  /** Asks both servers. */
  private String difference(SessionTracker tracker) throws SQLException {
    ServerState there = ask(from, tracker.readBack());
    ServerState here = ask(seat, tracker.readBack());
    List<String> names = new ArrayList<>();
    Set<String> onlyThere = there.settingsNotIn(here);
    Set<String> onlyHere = here.settingsNotIn(there);
    names.addAll(onlyThere);
    names.addAll(onlyHere);
    if (!names.isEmpty()) {
      // Set on one side only, perhaps to what is the default on the other.
      there = ask(from, ReadBack.askingFor(names));
      here = ask(seat, ReadBack.askingFor(names));
    }
    return there.differencesTo(here);
  }

  private static ServerState ask(Seat seat, ReadBack question) throws SQLException {
    return Seats.inAutocommit(seat.physical(), question::ask);
  }
}

package io.baton.engine;

import io.baton.failover.RecoveryLimits;
import io.baton.failover.RecoveryLimits.Limit;
import io.baton.routing.admission.Admission;
import io.baton.routing.admission.Patience;
import io.baton.routing.consistency.Tables;
import io.baton.routing.cutover.Cutovers;
import io.baton.routing.select.RouteDecision;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Finds the connection for each call of a session that is made outside of a transaction, and waits
 * ahead of it for what has to be waited for: the turn of the call, the replays of other sessions, a
 * switchover, a cut over.
 *
 * <p>Guarded by the calls of its session.
 */
final class CallPlacement {

  private final SessionParts parts;
  private final SessionRouting routing;
  private final SessionConnections connections;
  private final CallLimits limits;
  private final SwitchoverPause pause;

  /** Null if calls do not wait for their turn. */
  private final @Nullable Admission admission;

  /** The turn of the call under way; null if it has, or needs, none. */
  private Admission.@Nullable Pass turn;

  /** The limits that ended a wait for a server, or a switchover; null if none did. */
  private @Nullable RecoveryLimits ended;

  CallPlacement(SessionParts parts, CallLimits limits) {
    this.parts = parts;
    this.routing = parts.routing();
    this.connections = parts.connections();
    this.limits = limits;
    this.pause = new SwitchoverPause(parts.cluster(), parts.stop(), parts.opener().rest());
    this.admission = parts.cluster().admissionOfCalls();
  }

  /** A call is attempted, which may have to be placed. */
  void attemptBegins() {
    ended = null;
  }

  /** The limits that ended the last attempt while it was placed; null if none did. */
  @Nullable RecoveryLimits ended() {
    return ended;
  }

  /** The server has answered the attempt, if its connection is still there. */
  void answered() {
    if (turn != null && !connections.current().physical().isSevered()) {
      turn.answered();
    }
  }

  /** The last attempt is over. */
  void attemptEnds() {
    if (turn != null) {
      turn.close();
      turn = null;
    }
  }

  /** The connection for a call. */
  SessionConnection place(Call<?, ?> call, boolean onWriter) throws SQLException {
    Cutovers cutovers = parts.cluster().cluster().cutovers();
    if (admission != null) {
      awaitTurn(admission, call);
    }
    for (; ; ) {
      if (parts.gate().isClosed()) {
        parts.gate().pass(limits.of(call));
      }
      parts.moves().take();
      if (cutovers.newest() != null) {
        parts.opener().rest().callBegins(parts.moves()::follow);
        parts.moves().leavePredecessor(limits.of(call));
      }
      SessionConnection placed =
          take(onWriter ? RouteDecision.TO_WRITER : routing.route(call), call);
      if (!pause.concerns(call, placed, block())) {
        return placed;
      }
      RecoveryLimits bounds = limits.of(call);
      if (cutovers.holdsTransactions()) {
        parts.moves().follow(); // The gate may have closed after the call began.
      }
      try {
        pause.take(call, placed, bounds);
      } catch (NoServerFound none) {
        ended = bounds;
        throw none;
      }
      if (!cutovers.holdsTransactions() && !cutovers.isLeft(placed.physical().endpoint())) {
        return placed;
      }
    }
  }

  private TransactionBlock block() {
    return parts.client().autoCommit() ? TransactionBlock.NONE : TransactionBlock.BEGINS;
  }

  /**
   * Waits for the turn of a call that begins something, where there is a limit: at the server that
   * it is likely to go to. Calls inside a transaction wait for nothing, as others wait for them.
   */
  private void awaitTurn(Admission limiting, Call<?, ?> call) throws SQLException {
    if (turn != null || !limiting.isLimited()) {
      return;
    }
    Endpoint server = likelyPlace(call.effect());
    if (server == null) {
      return;
    }
    Waiting waiting = new Waiting(call);
    try {
      RecoveryLimits bounds = waiting.limits();
      RecoveryLimits.Guard waking = bounds.onStop(limiting::wake);
      try (waking) {
        Duration half = Duration.ofNanos(bounds.remaining().toNanos() / 2);
        turn = limiting.enter(server, Admission.CALL, Patience.of(half), bounds::isStopped);
      }
      waiting.endIfOver();
    } catch (NoServerFound none) {
      throw waiting.isClosed() ? SwitchoverPause.closed(connections.current()) : none;
    } finally {
      waiting.end();
    }
  }

  /** Where a call outside of a transaction goes, if nothing changes; null if it needs no server. */
  private @Nullable Endpoint likelyPlace(CallEffect effect) {
    return switch (effect) {
      case READ -> connections.current().physical().endpoint();
      case UNPROVED_READ, SESSION, WRITE, MAY_COMMIT ->
          parts.opener().topology().writer().map(EndpointState::endpoint).orElse(null);
      case COMMIT, ROLLBACK -> null;
    };
  }

  private SessionConnection take(RouteDecision decision, Call<?, ?> call) throws SQLException {
    Waiting waiting = new Waiting(call);
    try {
      SessionConnection placed = parts.placement().take(decision, waiting);
      waiting.endIfOver();
      return placed;
    } catch (NoServerFound none) {
      throw waiting.isClosed() ? SwitchoverPause.closed(connections.current()) : none;
    } finally {
      waiting.end();
    }
  }

  /** A call while it is placed. It can be stopped as soon as something is waited for. */
  private final class Waiting implements ConnectionPlacement.Placing {

    private final Call<?, ?> call;
    private @Nullable RecoveryLimits begun;
    private boolean interrupted;

    Waiting(Call<?, ?> call) {
      this.call = call;
    }

    @Override
    public Tables read() {
      return routing.read(call);
    }

    @Override
    public RecoveryLimits limits() throws SQLException {
      RecoveryLimits known = begun;
      if (known == null) {
        known = CallLimits.patient(limits.of(call));
        interrupted = Thread.interrupted();
        begun = known;
        parts.stop().begun(call.target().cancelledAs(), known);
      }
      return known;
    }

    /** A server was found, but the call has no time left, or was stopped. */
    void endIfOver() throws NoServerFound {
      if (begun != null && begun.isOver()) {
        throw new NoServerFound("Its limit was reached while a server was waited for", "", null);
      }
    }

    /** Whether it was stopped since its session was closed. */
    boolean isClosed() {
      return begun != null && begun.reached() == Limit.CLOSED;
    }

    /** If no server was found, the call ends by these limits. */
    void end() {
      if (begun != null) {
        parts.stop().ended();
        if (begun.isOver()) {
          ended = begun;
        }
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }
}

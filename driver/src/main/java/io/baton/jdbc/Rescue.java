package io.baton.jdbc;

import io.baton.BatonException.Interruption;
import io.baton.BatonException.Outcome;
import io.baton.NoServerException;
import io.baton.OutcomeUnknownException;
import io.baton.TransactionLostException;
import io.baton.failover.Deadline;
import io.baton.failover.InterruptedCall;
import io.baton.failover.InterruptedCall.Block;
import io.baton.failover.InterruptedCall.Kind;
import io.baton.failover.ReplayGate;
import io.baton.failover.outcome.Fence;
import io.baton.jdbc.Departure.Arrival;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.SessionTracker;
import io.baton.session.SessionTracker.Crossroads;
import io.baton.session.TransactionStatus;
import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.catalogue.ReadVerdict;
import io.baton.session.journal.Journal;
import io.baton.session.journal.Unprotected;
import io.baton.session.sql.StatementAnalysis;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done about a call that was cut off: the session moves, its transaction is replayed where
 * that can be proved right, and the call is made again or ends as the contract with the application
 * allows.
 *
 * <p>Guarded by the calls of its session.
 */
final class Rescue {

  private static final Logger LOG = LoggerFactory.getLogger(Rescue.class);

  /** A call that itself ends every connection it is made on is not made for ever. */
  private static final int MOST_ATTEMPTS = 8;

  /** How often a replay that the server could not fit in with others is begun anew. */
  private static final int MOST_CONFLICTS = 10;

  private static final String NO_COMMIT = "no COMMIT had been sent when it was cut off";

  private static final String NOTHING_NOTED_ON_AURORA =
      "the connection was lost between the request and its answer, and instances of Aurora have no"
          + " position of a log to tell by; baton.commitOutcome=ledger settles a COMMIT there";

  private static final String NOTHING_NOTED =
      "the connection was lost between the request and its answer, and nothing had been noted ahead"
          + " of it that could tell";

  private final Servers servers;
  private final Seats seats;
  private final SessionRecord record;
  private final SessionTracker tracker;
  private final FunctionCatalogue catalogue;
  private final Journal<RecordedCall<?, ?>> journal;
  private final ReplayGate gate;
  private final ReplayGate.Member member;

  Rescue(Servers servers, Seats seats, SessionRecord record, ReplayGate.Member member) {
    this.servers = servers;
    this.seats = seats;
    this.record = record;
    this.tracker = record.tracker();
    this.catalogue = record.catalogue();
    this.journal = record.journal();
    this.gate = servers.replayGate();
    this.member = member;
  }

  /** Returns if the call is to be made again; throws what the application shall see otherwise. */
  void of(CutOff call) throws SQLException {
    Deadline deadline = servers.within(servers.failoverTimeout());
    gate.lost(call.seat().physical().endpoint());
    switch (interruption(call).verdict()) {
      case RUN_AGAIN -> {
        ended(call, Kind.of(call.analysis()) == Kind.COMMIT);
        seats.move(departure(call, deadline));
        if (call.attempt() >= MOST_ATTEMPTS) {
          throw call.failure();
        }
      }
      case RUN_AGAIN_FAILED -> {
        ended(call, false);
        seats.move(departure(call, deadline).intoFailedTransaction());
      }
      case TRANSACTION_LOST -> {
        if (!call.noted().isEmpty()) {
          // An earlier COMMIT of the same work was not part of one server's history. Here is
          // another server.
          settle(call, deadline);
        } else if (isReplayable(call)) {
          replay(call, departure(call, deadline), tracker.crossroads());
        } else {
          lose(call, departure(call, deadline));
        }
      }
      case OUTCOME_IN_DOUBT -> {
        if (call.noted().isEmpty()) {
          doubt(call, departure(call, deadline));
        } else {
          settle(call, deadline);
        }
      }
    }
  }

  private static Departure departure(CutOff call, Deadline deadline) {
    return new Departure(
        call.seat(),
        call.failure(),
        Outcome.NOT_COMMITTED,
        false,
        call.isInTransaction() ? seat -> releaseLocks(call.seat(), seat) : Arrival.PLAIN,
        deadline);
  }

  /** The server may still be there, and not know yet that the transaction's client is gone. */
  private static Outcome releaseLocks(Seat lost, Seat arrived) throws SQLException {
    PhysicalConnection left = lost.physical();
    if (left.endpoint().equals(arrived.physical().endpoint())) {
      try {
        Seats.inAutocommit(
            arrived.physical(),
            connection -> {
              Fence.ask(left.backendProcess(), left.age(), connection);
              return true;
            });
      } catch (SQLException refused) {
        if (arrived.physical().isSeveredBy(refused)) {
          throw refused;
        }
        LOG.debug("{} keeps what {} held: {}", arrived, lost, refused.getMessage());
      }
    }
    return Outcome.NOT_COMMITTED;
  }

  /**
   * A text that would only read if its functions do is in doubt until the catalogue says so, and
   * that can be asked only where the session goes on.
   */
  private InterruptedCall interruption(CutOff call) {
    Kind kind = Kind.of(call.analysis());
    boolean unproven =
        kind == Kind.READ && catalogue.verdict(call.analysis()) != ReadVerdict.PROVEN;
    return new InterruptedCall(
        unproven ? Kind.WORK : kind, call.sent(), call.block(), record.mayHaveWritten(call.seat()));
  }

  /** The transaction that the call was made in is over, and nothing of it is replayed. */
  private void ended(CutOff call, boolean committed) {
    if (call.isInTransaction()) {
      Crossroads ways = tracker.crossroads();
      if (committed) {
        tracker.committed(ways);
      } else {
        tracker.rolledBack(ways);
      }
    }
    journal.clear();
  }

  // ------------------------------------------------------------------------------------ replay

  private boolean isReplayable(CutOff call) {
    // An open transaction of which nothing was recorded was not begun in sight of the journal.
    return obstacle(call) == null
        && !journal.calls().isEmpty()
        && call.repeatable()
        && call.attempt() < MOST_ATTEMPTS;
  }

  private @Nullable Unprotected obstacle(CutOff call) {
    Unprotected known = journal.unprotected();
    return known == null && call.seat().physical().isExposed() ? Unprotected.RAW_ACCESS : known;
  }

  private void lose(CutOff call, Departure departure) throws SQLException {
    Unprotected reason = obstacle(call);
    ended(call, false);
    seats.move(departure.intoFailedTransaction());
    throw transactionLost(
        call, reason == null ? null : "It could not be replayed: " + reason.reason());
  }

  /** Returns when the transaction stands on another server as the application knows it. */
  private void replay(CutOff call, Departure departure, Crossroads ways) throws SQLException {
    try (ReplayGate.Passage passage = gate.setOut(member)) {
      tracker.begunAgain(ways);
      seats.move(departure);
      passage.arrived();
      replayHere(call, departure, ways, NO_COMMIT);
    }
    gate.pass();
  }

  /**
   * Replays the transaction on the server that the session has arrived at, and on the next if that
   * one is lost as well.
   *
   * @return what is known of the transaction on the server that the session is on now: not
   *     committed if it stands there again; else it is not replayed
   */
  private Outcome replayHere(CutOff call, Departure departure, Crossroads ways, String evidence)
      throws SQLException {
    TransactionReplay replay = new TransactionReplay(journal, tracker, record.keys(), call.seat());
    for (int conflicts = 0; ; ) {
      Seat seat = seats.current();
      PhysicalConnection physical = seat.physical();
      String difference;
      SQLException cause = call.failure();
      try {
        difference = replay.runOn(seat);
        if (difference == null) {
          LOG.info("Replayed {} calls of the open transaction on {}", journal.calls().size(), seat);
          return Outcome.NOT_COMMITTED;
        }
        difference = "It was replayed, but " + difference;
      } catch (SQLException broken) {
        if (physical.isSeveredBy(broken)
            || (physical.isConflict(broken) && ++conflicts <= MOST_CONFLICTS)) {
          tracker.begunAgain(ways);
          Outcome outcome = seats.move(departure.from(seat, broken));
          if (outcome != Outcome.NOT_COMMITTED) {
            return outcome;
          }
          continue;
        }
        cause.addSuppressed(broken);
        difference = "Its replay failed: " + broken.getMessage();
      }
      // What the replay has done to the session so far goes with its connection.
      journal.clear();
      tracker.rolledBack(ways);
      Departure again =
          new Departure(
              seat, cause, Outcome.NOT_COMMITTED, true, Arrival.PLAIN, departure.deadline());
      seats.move(again);
      replay.ends(seats.current().physical());
      throw transactionLost(call, evidence, difference);
    }
  }

  /**
   * Prepares the transaction anew that the server ended in favour of another one.
   *
   * @return whether the call is to be made again
   * @throws SQLException if the connection breaks, or the transaction is given up meanwhile
   */
  boolean retries(CutOff call) throws SQLException {
    if (call.block() == Block.NONE || Kind.of(call.analysis()) == Kind.MAY_COMMIT) {
      // A part of it may be committed: of a batch that the driver sent in pieces, or of a text with
      // a COMMIT in it.
      return false;
    }
    Crossroads ways = tracker.crossroads();
    boolean isOpen = call.isInTransaction();
    if (isOpen && !(isReplayable(call) && ways.begun().equals(ways.rolledBack()))) {
      return false; // Or it did something that its rollback does not undo, such as PREPARE.
    }
    PhysicalConnection physical = call.seat().physical();
    if (physical.transactionStatus() != TransactionStatus.IDLE) {
      physical.rollBack();
    }
    if (isOpen) {
      tracker.begunAgain(ways);
      Deadline deadline = servers.within(servers.failoverTimeout());
      replayHere(call, departure(call, deadline), ways, NO_COMMIT);
    }
    return true;
  }

  // ----------------------------------------------------------------------------------- outcome

  /** Nothing was noted that could settle it. */
  private void doubt(CutOff call, Departure departure) throws SQLException {
    ended(call, false);
    try {
      seats.move(departure);
    } catch (NoServerException none) {
      none.addSuppressed(call.failure());
      throw outcomeUnknown(call, nothingNoted(), none);
    }
    if (!isProvenNow(call.analysis())) {
      throw outcomeUnknown(call, nothingNoted(), call.failure());
    }
  }

  private String nothingNoted() {
    return servers.kind().hasPositions() ? NOTHING_NOTED : NOTHING_NOTED_ON_AURORA;
  }

  /**
   * Finds out whether a COMMIT took place. If it did, it is made once more, on a session without a
   * transaction, where it does nothing; if it did not, on the transaction replayed.
   */
  private void settle(CutOff call, Deadline deadline) throws SQLException {
    boolean replays = isReplayable(call);
    CommitSettlement settlement = new CommitSettlement(call.noted(), tracker, replays, deadline);
    Departure departure =
        new Departure(call.seat(), call.failure(), Outcome.UNKNOWN, false, settlement, deadline);
    Outcome outcome;
    try (ReplayGate.Passage passage = gate.setOut(member)) {
      outcome = seats.move(departure);
      passage.arrived();
      if (outcome == Outcome.NOT_COMMITTED && replays) {
        outcome =
            replayHere(call, departure, settlement.ways(), settlement.resolution().evidence());
      }
    } catch (NoServerException none) {
      journal.clear();
      tracker.rolledBack(settlement.ways());
      none.addSuppressed(call.failure());
      throw outcomeUnknown(call, settlement.resolution().evidence(), none);
    }
    String evidence = settlement.resolution().evidence();
    switch (outcome) {
      case COMMITTED -> {
        journal.clear();
        LOG.warn("The COMMIT cut off at {} took place: {}", call.left(), evidence);
      }
      case NOT_COMMITTED -> {
        LOG.warn("The COMMIT cut off at {} did not take place: {}", call.left(), evidence);
        if (!replays) {
          Unprotected reason = obstacle(call);
          journal.clear();
          seats.current().physical().enterFailedTransaction();
          throw transactionLost(
              call,
              evidence,
              reason == null ? null : "It could not be replayed: " + reason.reason());
        }
        gate.pass(); // Not before others have read again what it will change.
      }
      case UNKNOWN -> {
        journal.clear();
        throw outcomeUnknown(call, evidence, call.failure());
      }
    }
  }

  private boolean isProvenNow(StatementAnalysis analysis) {
    if (!analysis.isReadCandidate()) {
      return false;
    }
    catalogue.invalidate();
    try {
      record.refreshCatalogue(seats.current());
      return catalogue.verdict(analysis) == ReadVerdict.PROVEN;
    } catch (SQLException unanswered) {
      return false;
    }
  }

  // ---------------------------------------------------------------- what the application is told

  private TransactionLostException transactionLost(CutOff call, @Nullable String why) {
    return transactionLost(call, NO_COMMIT, why);
  }

  private TransactionLostException transactionLost(
      CutOff call, String evidence, @Nullable String why) {
    String now = seats.current().physical().endpoint().toString();
    boolean conflict = call.seat().physical().isConflict(call.failure());
    return new TransactionLostException(
        (conflict
                ? "The transaction was ended by the server in favour of another one"
                : "The transaction was cut off when the connection to " + call.left() + " was lost")
            + ", and is not committed. "
            + (why == null ? "" : why + ". ")
            + "The session goes on at "
            + now
            + ": roll back and run the transaction again",
        new Interruption(Outcome.NOT_COMMITTED, evidence, call.left(), now),
        call.failure());
  }

  private OutcomeUnknownException outcomeUnknown(
      CutOff call, String evidence, SQLException failure) {
    Seat seat = seats.current();
    boolean isCommit = Kind.of(call.analysis()) == Kind.COMMIT;
    return new OutcomeUnknownException(
        (isCommit ? "The COMMIT" : "The statement, which commits by itself,")
            + " was cut off when the connection to "
            + call.left()
            + " was lost, and whether it took place is not known: "
            + evidence
            + ". Ask the data before doing the work again",
        new Interruption(
            Outcome.UNKNOWN,
            evidence,
            call.left(),
            seat == call.seat() ? null : seat.physical().endpoint().toString()),
        failure);
  }
}

package io.baton.engine;

import io.baton.BatonException.Outcome;
import io.baton.failover.RecoveryLimits;
import io.baton.failover.RecoveryLimits.Guard;
import io.baton.failover.ReplayGate;
import io.baton.failover.outcome.CommitBarrier;
import io.baton.failover.outcome.Resolution;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.TransactionStatus;
import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.catalogue.ReadVerdict;
import io.baton.session.journal.ReplayBlocker;
import io.baton.session.sql.StatementAnalysis;
import java.sql.SQLException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The recovery of one call that failed: it carries out what the {@link RecoveryPlanner} says.
 *
 * <p>There is one way in, {@link #carryOut}, and one way out: it returns if the call is to be made
 * again, and whatever goes wrong meanwhile, be it the refusal of a server, a limit of the
 * application or a fault of this code, ends in {@link #end}, which states the outcome of the work
 * and leaves the session in one of three conditions: without a transaction; owing the application a
 * failed transaction; or closed.
 *
 * <p>Guarded by the calls of its session.
 */
final class CallRecovery implements NextStep.Steps {

  /** What a recovery works on: the parts of a session. */
  record Parts(
      ClusterHandle cluster,
      SessionConnections connections,
      ConnectionPlacement placement,
      SessionRebuild rebuild,
      SessionMove move,
      CallRecorder recorder,
      SessionKeys keys,
      ReplayGate gate,
      ReplayGate.Member member,
      Runnable close) {}

  private static final Logger LOG = LoggerFactory.getLogger(CallRecovery.class);

  /** How often a replay that the server could not fit in with others is begun anew. */
  private static final int MOST_CONFLICTS = 10;

  private final Parts parts;
  private final LostCall call;
  private final RecoveryLimits limits;
  private final InterruptedTransaction transaction;
  private final RecoveryEnd.Account account;
  private final ArrivalInquiry inquiry;

  /** Whether the writer is to answer what a standby could not. */
  private boolean onWriter;

  CallRecovery(Parts parts, LostCall call, RecoveryLimits limits) {
    this.parts = parts;
    this.call = call;
    this.limits = limits;
    this.transaction = new InterruptedTransaction(parts.recorder(), call.facts());
    this.inquiry =
        new ArrivalInquiry(
            call,
            parts.cluster().writerHistories(),
            new CommitBarrier(
                parts.recorder().tracker().state().settings().get("synchronous_commit")),
            limits);
    this.account = new RecoveryEnd.Account(call.facts().inDoubt());
  }

  /** Whether the call is to be made on the writer, since a standby could not answer it. */
  boolean repeatsOnWriter() {
    return onWriter;
  }

  /**
   * Carries out a step.
   *
   * @throws SQLException what the application is told; if none is thrown, the call is made again
   */
  void carryOut(NextStep step) throws SQLException {
    try {
      step.carryOut(this);
    } catch (SQLException | RuntimeException thrown) {
      throw end(thrown);
    }
  }

  /** The one way out: says what the application is told, and sets the session accordingly. */
  private SQLException end(Exception thrown) {
    RecoveryEnd.Interrupted interrupted =
        new RecoveryEnd.Interrupted(
            call.facts(),
            call.failure(),
            call.connection().physical().isConflict(call.failure()),
            call.left());
    RecoveryEnd end = RecoveryEnd.of(thrown, interrupted, account, limits.reached(), current());
    switch (end.condition()) {
      case AS_IT_IS -> {}
      case CLOSED -> {
        transaction.end(account.outcome() == Outcome.COMMITTED);
        parts.close().run();
      }
      case OWES_FAILED_TRANSACTION -> transaction.lose();
      case NO_TRANSACTION -> transaction.end(account.outcome() == Outcome.COMMITTED);
    }
    return end.exception();
  }

  private String current() {
    return parts.connections().current().physical().endpoint().toString();
  }

  private Departure departure() {
    return new Departure(call.connection(), call.failure(), inquiry::fence, limits);
  }

  // --------------------------------------------------------------------------------- plain steps

  @Override
  public void passOn() throws SQLException {
    throw new RecoveryEnd.PassedOn(call.failure());
  }

  @Override
  public void unplaced() throws SQLException {
    throw call.failure();
  }

  @Override
  public void repeatOnWriter() {
    onWriter = true;
  }

  @Override
  public void closeSession(boolean driversOwn) throws SQLException {
    account.closes(driversOwn);
    throw new RecoveryEnd.PassedOn(call.failure());
  }

  @Override
  public void repeat(NextStep.Repeat how) throws SQLException {
    parts.gate().lost(call.connection().physical().endpoint());
    switch (how) {
      case PLAIN -> transaction.end(false);
      case COMMITTED -> transaction.end(true);
      case FAILED -> transaction.lose();
    }
    parts.move().go(departure());
  }

  @Override
  public void giveUp() throws SQLException {
    parts.gate().lost(call.connection().physical().endpoint());
    transaction.end(false);
    parts.move().go(departure());
    throw new RecoveryEnd.PassedOn(call.failure());
  }

  @Override
  public void loseTransaction() throws SQLException {
    parts.gate().lost(call.connection().physical().endpoint());
    account.resolved(Outcome.NOT_COMMITTED, RecoveryEnd.NO_COMMIT);
    transaction.lose();
    parts.move().go(departure());
    throw new RecoveryEnd.Lost(obstacle());
  }

  /** Why the transaction is not replayed, as a sentence; null if there is nothing to tell. */
  private @Nullable String obstacle() {
    ReplayBlocker blocker = call.blocker();
    if (!call.facts().repeatable()) {
      return "The call cannot be made again: it may have had its effect, or a parameter was a stream"
          + " or a large object, which is gone once it was sent";
    }
    return blocker == null ? null : "It could not be replayed: " + blocker.reason();
  }

  // -------------------------------------------------------------------------------------- replay

  @Override
  public void replay() throws SQLException {
    parts.gate().lost(call.connection().physical().endpoint());
    try (ReplayGate.Passage passage = parts.gate().setOut(parts.member())) {
      transaction.beginAgain();
      parts.move().go(departure());
      passage.arrived();
      replayHere(departure());
    }
    parts.gate().pass(limits);
  }

  /**
   * Replays the transaction on the server that the session has arrived at, and on the next if that
   * one is lost as well. Returns if it stands there again, or if it turned out on the way that it
   * need not be.
   */
  private void replayHere(Departure departure) throws SQLException {
    OpenTransaction work = Objects.requireNonNull(parts.recorder().transaction());
    TransactionReplay replay =
        new TransactionReplay(
            work, parts.recorder().tracker(), parts.keys(), call.connection(), statusToReach());
    account.replays();
    for (int conflicts = 0; account.outcome() == Outcome.NOT_COMMITTED; ) {
      SessionConnection here = parts.connections().current();
      PhysicalConnection physical = here.physical();
      String difference;
      Guard guard = limits.guard(here::abort);
      try (guard) {
        difference = replay.runOn(here);
        if (difference == null) {
          LOG.info("Replayed {} calls of the open transaction on {}", replay.size(), here);
          return;
        }
        difference = "It was replayed, but " + difference;
      } catch (SQLException broken) {
        if (limits.isOver()) {
          throw broken;
        }
        if (physical.isSeveredBy(broken)
            || (physical.isConflict(broken) && ++conflicts <= MOST_CONFLICTS)) {
          transaction.beginAgain();
          parts.move().go(departure.from(here, broken));
          continue;
        }
        call.failure().addSuppressed(broken);
        difference = "Its replay failed: " + broken.getMessage();
      }
      // What the replay has done to the session so far goes with its connection.
      transaction.lose();
      try {
        parts.move().go(departure.from(here, call.failure()).plain());
      } catch (NoServerFound none) {
        call.failure().addSuppressed(none); // The next call looks again; the outcome is certain.
      }
      throw new RecoveryEnd.Lost(difference);
    }
  }

  private TransactionStatus statusToReach() {
    return call.facts().block() == TransactionBlock.FAILED
        ? TransactionStatus.FAILED
        : TransactionStatus.OPEN;
  }

  @Override
  public void retryAfterConflict() throws SQLException {
    SessionConnection here = call.connection();
    PhysicalConnection physical = here.physical();
    if (call.isInTransaction()) {
      transaction.beginAgain();
    } else {
      parts.recorder().replace(null);
    }
    Guard guard = limits.guard(here::abort);
    try (guard) {
      if (physical.transactionStatus() != TransactionStatus.IDLE) {
        physical.rollBack();
      }
    } catch (SQLException broken) {
      if (!physical.isSeveredBy(broken)) {
        throw broken;
      }
      parts.move().go(departure().from(here, broken));
    }
    if (call.isInTransaction()) {
      replayHere(departure());
    }
  }

  // ------------------------------------------------------------------------------------- outcome

  @Override
  public void doubt() throws SQLException {
    parts.gate().lost(call.connection().physical().endpoint());
    String missing =
        parts.cluster().kind().hasPositions()
            ? "the connection was lost between the request and its answer, and nothing had been"
                + " noted ahead of it that could tell"
            : "the connection was lost between the request and its answer, and instances of Aurora"
                + " have no position of a log to tell by; baton.commitOutcome=ledger settles a"
                + " COMMIT there";
    account.missing(missing);
    if (call.facts().block() == TransactionBlock.NONE) {
      transaction.end(false);
    } else {
      transaction.lose();
    }
    parts
        .move()
        .go(
            new Departure(
                call.connection(),
                call.failure(),
                arrived -> {
                  String then =
                      inquiry
                          .obstacleToEnd(arrived)
                          .map(obstacle -> "; it may still take effect: " + obstacle)
                          .orElse(
                              "; its backend is gone, so that it takes no effect any more if it has"
                                  + " not yet");
                  account.missing(missing + then);
                },
                limits));
    if (!onlyReads()) {
      throw new RecoveryEnd.Unknown();
    }
    transaction.end(false);
  }

  /** Whether the catalogue, asked where the session goes on, proves that the call only reads. */
  private boolean onlyReads() throws SQLException {
    StatementAnalysis analysis = call.analysis();
    if (analysis == null
        || call.facts().block() != TransactionBlock.NONE
        || !analysis.isReadCandidate()) {
      return false;
    }
    FunctionCatalogue catalogue = parts.recorder().catalogue();
    catalogue.invalidate();
    SessionConnection here = parts.connections().current();
    Guard guard = limits.guard(here::abort);
    try (guard) {
      parts.recorder().refreshCatalogue(here);
      return catalogue.verdict(analysis) == ReadVerdict.PROVED;
    } catch (SQLException unanswered) {
      return false;
    }
  }

  /**
   * Finds out whether a COMMIT took place. If it did, it is made once more, on a session without a
   * transaction, where it does nothing; if it did not, on the transaction replayed.
   */
  @Override
  public void settle() throws SQLException {
    parts.gate().lost(call.connection().physical().endpoint());
    account.asks();
    boolean replays = isReplayable();
    Departure departure =
        new Departure(call.connection(), call.failure(), arrived -> ask(arrived, replays), limits);
    try (ReplayGate.Passage passage = parts.gate().setOut(parts.member())) {
      transaction.beginAgain();
      parts.move().go(departure);
      passage.arrived();
      if (account.outcome() == Outcome.NOT_COMMITTED && replays) {
        replayHere(departure);
      }
    }
    switch (account.outcome()) {
      case COMMITTED -> {
        parts.recorder().replace(null);
        LOG.warn("The COMMIT cut off at {} took place: {}", call.left(), account.evidence());
      }
      case NOT_COMMITTED -> {
        LOG.warn(
            "The COMMIT cut off at {} did not take place: {}", call.left(), account.evidence());
        if (!replays) {
          throw new RecoveryEnd.Lost(obstacle());
        }
        parts.gate().pass(limits); // Not before others have read again what it will change.
      }
      case UNKNOWN -> throw new RecoveryEnd.Unknown();
    }
  }

  private boolean isReplayable() {
    return call.facts().replayable()
        && call.facts().repeatable()
        && call.facts().attempt() < RecoveryPlanner.MOST_ATTEMPTS;
  }

  /** Asks a server what became of the COMMIT, and has the session stand as the answer says. */
  private void ask(SessionConnection arrived, boolean replays) throws SQLException {
    Resolution resolution = inquiry.resolve(arrived);
    switch (resolution.ending()) {
      case COMMITTED -> {
        account.resolved(Outcome.COMMITTED, resolution.evidence());
        transaction.end(true);
      }
      case NOT_COMMITTED -> {
        account.resolved(Outcome.NOT_COMMITTED, resolution.evidence());
        if (replays) {
          transaction.beginAgain();
        } else {
          transaction.lose();
        }
      }
      case UNKNOWN -> {
        account.resolved(Outcome.UNKNOWN, resolution.evidence());
        transaction.lose();
      }
    }
  }
}

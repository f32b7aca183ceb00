package io.baton.engine;

import io.baton.BatonException.Outcome;
import io.baton.failover.FailoverEnd;
import io.baton.failover.Failovers;
import io.baton.failover.RecoveryLimits;
import io.baton.failover.RecoveryLimits.Guard;
import io.baton.failover.ReplayGate;
import io.baton.failover.outcome.CommitBarrier;
import io.baton.failover.outcome.Resolution;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.topology.FailureText;
import io.baton.session.TransactionStatus;
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

  private static final Logger LOG = LoggerFactory.getLogger(CallRecovery.class);

  private static final String REFUSED = "the server rolled it back";

  /** How often a replay that the server could not fit in with others is begun anew. */
  private static final int MOST_CONFLICTS = 10;

  private final SessionParts parts;
  private final LostCall call;
  private final RecoveryLimits limits;
  private final InterruptedTransaction transaction;
  private final RecoveryEnd.Account account;
  private final ArrivalInquiry inquiry;
  private final RerunReview review;
  private final ReadReview reads;
  private final Failovers.Recovering recovering;

  /** Whether the call, or its transaction, is proved to have only read. */
  private boolean onlyRead;

  /** Whether the writer is to answer what a standby could not. */
  private boolean onWriter;

  CallRecovery(SessionParts parts, LostCall call, RecoveryLimits limits) {
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
    this.review = call.review();
    this.reads = new ReadReview(parts.recorder(), call, System.nanoTime());
    this.account = new RecoveryEnd.Account(call.facts().inDoubt());
    this.recovering = parts.failovers().recovering(parts.moves().number());
  }

  /** Whether the call is to be made on the writer, since a standby could not answer it. */
  boolean repeatsOnWriter() {
    return onWriter;
  }

  /** Whether the call is to blame for the end of its backend. */
  boolean endedBackend() {
    return review.isCounted();
  }

  /** Whether the call is not run again since what the server did stands. */
  boolean isEndedForGood() {
    return review.isOver();
  }

  /**
   * Carries out a step.
   *
   * @throws SQLException what the application is told; if none is thrown, the call is made again
   */
  void carryOut(NextStep step) throws SQLException {
    try (recovering) {
      carryOutOrEnd(step);
    }
  }

  private void carryOutOrEnd(NextStep step) throws SQLException {
    try {
      step.carryOut(this);
    } catch (SQLException | RuntimeException thrown) {
      throw end(thrown);
    }
  }

  private void move(Departure departure) throws SQLException {
    recovering.leaves(call.connection().physical().endpoint());
    parts.move().go(departure);
  }

  /** The one way out: says what the application is told, and sets the session accordingly. */
  private SQLException end(Exception thrown) {
    RecoveryEnd.Interrupted interrupted =
        new RecoveryEnd.Interrupted(
            call.facts(),
            call.failure(),
            call.connection().interruption(call.failure()),
            call.left());
    if (account.outcome() == Outcome.UNKNOWN && !transaction.leavesSession(call.analysis())) {
      account.losesSession();
    }
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
    FailoverEnd counted = end.counted();
    if (counted != null) {
      recovering.ended(counted);
      LOG.debug("Its call ends so: {}", FailureText.of(end.exception()));
    }
    return end.exception();
  }

  private String current() {
    return parts.connections().current().physical().endpoint().toString();
  }

  private Departure departure() {
    return departure(arrived -> {});
  }

  /**
   * A departure.
   *
   * @param then what is done once it is known whether anything may be run again
   */
  private Departure departure(Departure.Arrival then) {
    return new Departure(
        call.connection(),
        call.failure(),
        arrived -> {
          endBackend(arrived);
          review.judge(arrived);
          then.at(arrived);
        },
        limits);
  }

  private void endBackend(SessionConnection arrived) throws SQLException {
    CallFacts facts = call.facts();
    boolean mayCommit =
        facts.block() == TransactionBlock.NONE
            || facts.effect() == CallEffect.COMMIT
            || facts.effect() == CallEffect.MAY_COMMIT;
    boolean holdsLocks = !parts.recorder().tracker().state().locks().isEmpty();
    new LeftBackend(call.connection(), mayCommit).end(arrived, holdsLocks, limits);
  }

  /** Ends the call if what the server did stands. */
  private void endAsReviewed() throws SQLException {
    if (review.isOver()) {
      throw call.facts().block() == TransactionBlock.NONE && !call.facts().isEndedByTimeout()
          ? new RecoveryEnd.PassedOn(call.failure())
          : new RecoveryEnd.Lost(review.reason());
    }
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
  public void repeatOnWriter() throws SQLException {
    onWriter = true;
    if (call.connection().physical().transactionStatus() != TransactionStatus.IDLE) {
      retryAfterConflict(); // The statement was the first of its transaction.
    }
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
    if (how == NextStep.Repeat.COMMITTED) {
      OpenTransaction read = transaction.work();
      move(departure(arrived -> endCommitted(reads.hasOnlyRead(read, arrived))));
      refuseUnlessRead();
    } else if (how == NextStep.Repeat.PLAIN && !call.facts().isEndOfTransaction()) {
      move(departure(this::arriveToRepeat));
      refuseUnlessRead();
      endAsReviewed();
    } else {
      move(departure()); // What is made again finds nothing to do.
    }
  }

  private void endCommitted(boolean proved) {
    onlyRead = proved;
    if (proved) {
      transaction.end(true);
    } else {
      transaction.lose();
    }
  }

  private void arriveToRepeat(SessionConnection arrived) throws SQLException {
    transaction.endAgain(review.isOver());
    onlyRead =
        !call.facts().sent()
            || call.facts().block() != TransactionBlock.NONE
            || switch (call.facts().effect()) {
              case READ -> reads.isRead(arrived);
              case SESSION -> reads.isOfSession(arrived);
              case UNPROVED_READ, WRITE, COMMIT, ROLLBACK, MAY_COMMIT -> true;
            };
  }

  /** What was taken for a read and may not have been one is in doubt, if it was sent. */
  private void refuseUnlessRead() throws SQLException {
    if (!onlyRead) {
      if (!call.facts().sent()) {
        throw new RecoveryEnd.Lost("By the catalogue as it is now, it may have written");
      }
      account.resolved(Outcome.UNKNOWN, ReadReview.MISSING);
      throw new RecoveryEnd.Unknown();
    }
  }

  @Override
  public void giveUp() throws SQLException {
    parts.gate().lost(call.connection().physical().endpoint());
    transaction.end(false);
    move(departure());
    throw new RecoveryEnd.PassedOn(call.failure());
  }

  @Override
  public void loseTransaction() throws SQLException {
    parts.gate().lost(call.connection().physical().endpoint());
    account.resolved(Outcome.NOT_COMMITTED, RecoveryEnd.NO_COMMIT);
    transaction.endAgain(true);
    move(departure());
    throw new RecoveryEnd.Lost(call.facts().isEndedByTimeout() ? review.reason() : call.obstacle());
  }

  // -------------------------------------------------------------------------------------- replay

  @Override
  public void replay() throws SQLException {
    if (!call.connection().isLeftOnPurpose()) {
      parts.gate().lost(call.connection().physical().endpoint());
    }
    try (ReplayGate.Passage passage = parts.gate().setOut(parts.member())) {
      transaction.beginAgain();
      Departure departure = departure(arrived -> transaction.standAgain(review.isOver()));
      move(departure);
      passage.arrived();
      endAsReviewed();
      replayHere(departure, passage);
    }
    parts.gate().pass(limits);
  }

  /**
   * Replays the transaction on the server that the session has arrived at, and on the next if that
   * one is lost as well. Returns if it stands there again, or if it turned out on the way that it
   * need not be.
   *
   * @param passage what others wait for; null if for nothing
   */
  private void replayHere(Departure departure, ReplayGate.@Nullable Passage passage)
      throws SQLException {
    OpenTransaction work = Objects.requireNonNull(parts.recorder().transaction());
    TransactionReplay replay =
        new TransactionReplay(
            work, parts.recorder(), parts.keys(), call.connection(), statusToReach());
    if (account.outcome() != Outcome.NOT_COMMITTED) {
      throw new IllegalStateException("What may have been committed is not replayed");
    }
    account.replays();
    for (int conflicts = 0; account.outcome() == Outcome.NOT_COMMITTED; ) {
      SessionConnection here = parts.connections().current();
      PhysicalConnection physical = here.physical();
      String difference;
      long began = System.nanoTime();
      Guard guard = limits.guard(here::abort);
      try (guard) {
        difference = replayOn(here, replay);
        if (difference == null) {
          recovering.ended(FailoverEnd.TRANSACTION_REPLAYED);
          return;
        }
        difference = "It was replayed, but " + difference;
      } catch (SQLException broken) {
        if (limits.isOver()) {
          throw broken;
        }
        boolean severed = physical.isSeveredBy(broken);
        if (severed || (physical.isConflict(broken) && ++conflicts <= MOST_CONFLICTS)) {
          review.next(
              severed
                  ? new BackendLoss(
                      LossCause.of(broken, false),
                      broken,
                      physical.abortReason(),
                      physical.endpoint(),
                      here.knownInstance(),
                      began,
                      true)
                  : null);
          transaction.beginAgain();
          move(departure.from(here, broken));
          endAsReviewed();
          continue;
        }
        call.failure().addSuppressed(broken);
        difference = "Its replay failed: " + FailureText.message(broken);
      }
      endReplay(here, passage);
      throw new RecoveryEnd.Lost(difference);
    }
  }

  /**
   * The replay has failed: the session stands without its transaction. Others need not wait for it
   * any more. Where a rollback takes back all that the replay has done, the session stays where it
   * is; else that goes with its connection.
   */
  private void endReplay(SessionConnection here, ReplayGate.@Nullable Passage passage)
      throws SQLException {
    boolean isUndone = undoesReplay(here);
    transaction.lose();
    if (passage != null) {
      passage.close();
    }
    try {
      if (isUndone) {
        parts.rebuild().enterFailedTransaction(here);
        return;
      }
    } catch (SQLException broken) {
      LOG.debug("{} is left, as its replay was not rolled back", here, broken);
    }
    try {
      move(Departure.plain(here, call.failure(), limits));
    } catch (NoServerFound none) {
      call.failure().addSuppressed(none); // The next call looks again; the outcome is certain.
    }
  }

  /**
   * Rolls a replay back, if that leaves nothing of it behind; returns whether it did. Only where no
   * call of the transaction touches the session: what the first run has left in it would have to be
   * brought to this connection, and what the second has left taken away.
   */
  private boolean undoesReplay(SessionConnection here) {
    OpenTransaction work = parts.recorder().transaction();
    if (work == null || here.physical().isSevered() || !parts.recorder().leavesSession(work)) {
      return false;
    }
    Guard guard = limits.guard(here::abort);
    try (guard) {
      here.physical().rollBackWithKeys();
      return true;
    } catch (SQLException broken) {
      LOG.debug("{} does not roll a replay back", here, broken);
      return false;
    }
  }

  /**
   * Replays a transaction; returns how its answers differ from those before, null if not at all.
   */
  private @Nullable String replayOn(SessionConnection here, TransactionReplay replay)
      throws SQLException {
    ReplayRecording recording = ReplayRecording.begin();
    String difference = "";
    try {
      difference = replay.runOn(here);
    } finally {
      recording.end(parts.moves().number(), here.physical().endpoint(), replay.size(), difference);
    }
    LOG.debug("Replayed {} calls of the open transaction on {}", replay.size(), here);
    return difference;
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
    account.resolved(Outcome.NOT_COMMITTED, REFUSED); // Also where it was the COMMIT.
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
      move(departure().from(here, broken));
    }
    if (call.isInTransaction()) {
      replayHere(departure(arrived -> transaction.standAgain(review.isOver())), null);
    }
  }

  // ------------------------------------------------------------------------------------- outcome

  @Override
  public void doubt() throws SQLException {
    parts.gate().lost(call.connection().physical().endpoint());
    account.missing(inquiry.whatIsMissing(parts.cluster().kind()));
    transaction.endAgain(true);
    move(departure(this::arriveInDoubt));
    if (!onlyRead) {
      throw new RecoveryEnd.Unknown();
    }
    account.resolved(Outcome.NOT_COMMITTED, RecoveryEnd.NO_COMMIT);
    endAsReviewed();
    transaction.end(false);
  }

  private void arriveInDoubt(SessionConnection arrived) throws SQLException {
    account.missing(inquiry.whatIsMissing(parts.cluster().kind()) + inquiry.end(arrived));
    onlyRead = reads.isRead(arrived);
    if (!onlyRead) {
      readCatalogue(arrived);
    }
  }

  /** What the work may have done to its session is judged by the definitions as they are now. */
  private void readCatalogue(SessionConnection arrived) throws SQLException {
    try {
      parts.recorder().refreshCatalogue(arrived);
    } catch (SQLException refused) {
      if (arrived.physical().isSeveredBy(refused) || SessionRebuild.isCancelled(refused)) {
        throw refused;
      }
      LOG.debug("{} does not show its catalogue: {}", arrived, refused.getMessage());
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
      move(departure);
      passage.arrived();
      if (account.outcome() == Outcome.NOT_COMMITTED && replays && !review.isOver()) {
        replayHere(departure, passage);
      }
    }
    switch (account.outcome()) {
      case COMMITTED -> parts.recorder().replace(null);
      case NOT_COMMITTED -> {
        if (review.isOver()) {
          throw new RecoveryEnd.Lost(review.reason());
        }
        if (!replays) {
          throw new RecoveryEnd.Lost(call.obstacle());
        }
        parts.gate().pass(limits); // Not before others have read again what it will change.
      }
      case UNKNOWN -> throw new RecoveryEnd.Unknown();
    }
  }

  /**
   * Finds out whether a command of two-phase commit took place. If it did, it is made once more,
   * and does nothing. If it did not, what it was to end is told to end once more; what it was to
   * prepare is gone, and never replayed.
   */
  @Override
  public void settlePrepared() throws SQLException {
    TwoPhaseExecution command = Objects.requireNonNull(call.twoPhase());
    parts.gate().lost(call.connection().physical().endpoint());
    account.asks();
    if (command.prepares()) {
      transaction.beginAgain();
    }
    move(
        new Departure(call.connection(), call.failure(), arrived -> ask(command, arrived), limits));
    switch (account.outcome()) {
      case COMMITTED -> parts.recorder().replace(null);
      case NOT_COMMITTED -> {
        if (command.prepares()) {
          throw new RecoveryEnd.Lost(null);
        }
        endAsReviewed();
        if (call.facts().attempt() == RecoveryPlanner.MOST_ATTEMPTS) {
          throw new RecoveryEnd.PassedOn(call.failure());
        }
      }
      case UNKNOWN -> throw new RecoveryEnd.Unknown();
    }
  }

  private void ask(TwoPhaseExecution command, SessionConnection arrived) throws SQLException {
    Resolution resolution = inquiry.resolve(command, arrived);
    tell(resolution);
    switch (resolution.ending()) {
      case COMMITTED -> {
        account.resolved(Outcome.COMMITTED, resolution.evidence());
        command.tookPlace();
        transaction.end(true);
      }
      case NOT_COMMITTED -> {
        account.resolved(Outcome.NOT_COMMITTED, resolution.evidence());
        review.judge(arrived);
        transaction.endAgain(true);
      }
      case UNKNOWN -> {
        account.resolved(Outcome.UNKNOWN, resolution.evidence());
        readCatalogue(arrived);
        transaction.endAgain(true);
      }
    }
    endBackend(arrived);
  }

  private boolean isReplayable() {
    return call.facts().replayable()
        && call.facts().repeatable()
        && call.facts().attempt() < RecoveryPlanner.MOST_ATTEMPTS;
  }

  /** Asks a server what became of the COMMIT, and has the session stand as the answer says. */
  private void ask(SessionConnection arrived, boolean replays) throws SQLException {
    Resolution resolution = inquiry.resolve(arrived);
    tell(resolution);
    switch (resolution.ending()) {
      case COMMITTED -> {
        account.resolved(Outcome.COMMITTED, resolution.evidence());
        transaction.end(true);
      }
      case NOT_COMMITTED -> {
        account.resolved(Outcome.NOT_COMMITTED, resolution.evidence());
        review.judge(arrived);
        transaction.standAgain(!replays || review.isOver());
      }
      case UNKNOWN -> {
        account.resolved(Outcome.UNKNOWN, resolution.evidence());
        readCatalogue(arrived);
        transaction.lose();
      }
    }
    endBackend(arrived);
  }

  private void tell(Resolution resolution) {
    long session = parts.moves().number();
    String ending = resolution.ending().name();
    LOG.debug(
        "Session {}: the COMMIT cut off at {} is {}: {}",
        session,
        call.left(),
        ending,
        resolution.evidence());
    CommitRecording.settled(session, call.left(), ending, resolution.evidence());
    if (resolution.ending() != Resolution.Ending.UNKNOWN) {
      recovering.ended(FailoverEnd.COMMIT_SETTLED);
    }
  }
}

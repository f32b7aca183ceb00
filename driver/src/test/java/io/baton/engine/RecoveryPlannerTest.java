package io.baton.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.engine.AttemptResult.FailureKind;
import io.baton.engine.BackendLoss.Arrival;
import io.baton.routing.topology.Endpoint;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The planner as a table: every result, every state of the transaction, every protection. */
class RecoveryPlannerTest {

  private static final RecoveryPlanner PLANNER = new RecoveryPlanner(true, 3);

  private final Facts facts = new Facts();

  /** Facts of a call, changed one by one. */
  private static final class Facts {
    CallEffect effect = CallEffect.WRITE;
    TransactionBlock block = TransactionBlock.OPEN;
    boolean sent = true;
    boolean wrote;
    boolean owing;
    boolean noted;
    boolean repeatable = true;
    boolean replayable = true;
    boolean undoable = true;
    boolean twoPhase;
    LossCause cause = LossCause.UNSEEN;
    int attempt = 1;

    CallFacts make() {
      return new CallFacts(
          effect,
          block,
          sent,
          wrote,
          owing,
          noted,
          repeatable,
          replayable,
          undoable,
          twoPhase,
          cause,
          attempt);
    }
  }

  /** Committed or not, it has written nothing: run again, it tells what it leaves. */
  @Test
  void commitOfReads_thatOnlyTheServerKnewTheEndOf_isReplayedWhereItCanBe() {
    facts.effect = CallEffect.COMMIT;
    facts.owing = true;
    assertThat(next(FailureKind.CONNECTION_LOST)).isEqualTo("Replay");
    facts.replayable = false;
    assertThat(next(FailureKind.CONNECTION_LOST)).isEqualTo("Repeat COMMITTED");
    facts.replayable = true;
    facts.wrote = true;
    assertThat(next(FailureKind.CONNECTION_LOST)).isEqualTo("Doubt");
  }

  private String next(FailureKind failure) {
    NextStep step = PLANNER.next(failure, facts.make());
    return step instanceof NextStep.Repeat how ? "Repeat " + how : step.getClass().getSimpleName();
  }

  @ParameterizedTest(name = "{0} sent in block {1}, wrote before: {2} -> {3}, replay blocker: {4}")
  @CsvSource({
    // effect,       block, wrote, replayable,        not replayable
    "READ,          NONE,   false, Repeat PLAIN,      Repeat PLAIN",
    "UNPROVED_READ, NONE,   false, Doubt,             Doubt",
    "SESSION,       NONE,   false, Repeat PLAIN,      Repeat PLAIN",
    "WRITE,         NONE,   false, Doubt,             Doubt",
    "COMMIT,        NONE,   false, Repeat PLAIN,      Repeat PLAIN",
    "ROLLBACK,      NONE,   false, Repeat PLAIN,      Repeat PLAIN",
    "MAY_COMMIT,    NONE,   false, Doubt,             Doubt",
    "READ,          BEGINS, false, Repeat PLAIN,      Repeat PLAIN",
    "UNPROVED_READ, BEGINS, false, Repeat PLAIN,      Repeat PLAIN",
    "SESSION,       BEGINS, false, Repeat PLAIN,      Repeat PLAIN",
    "WRITE,         BEGINS, false, Repeat PLAIN,      Repeat PLAIN",
    "COMMIT,        BEGINS, false, Repeat PLAIN,      Repeat PLAIN",
    "ROLLBACK,      BEGINS, false, Repeat PLAIN,      Repeat PLAIN",
    "MAY_COMMIT,    BEGINS, false, Doubt,             Doubt",
    "READ,          OPEN,   false, Replay,            LoseTransaction",
    "READ,          OPEN,   true,  Replay,            LoseTransaction",
    "UNPROVED_READ, OPEN,   false, Replay,            LoseTransaction",
    "SESSION,       OPEN,   true,  Replay,            LoseTransaction",
    "WRITE,         OPEN,   true,  Replay,            LoseTransaction",
    "COMMIT,        OPEN,   false, Repeat COMMITTED,  Repeat COMMITTED",
    "COMMIT,        OPEN,   true,  Doubt,             Doubt",
    "ROLLBACK,      OPEN,   true,  Repeat PLAIN,      Repeat PLAIN",
    "MAY_COMMIT,    OPEN,   false, Doubt,             Doubt",
    "MAY_COMMIT,    OPEN,   true,  Doubt,             Doubt",
    "READ,          FAILED, true,  Replay,            LoseTransaction",
    "UNPROVED_READ, FAILED, true,  Replay,            LoseTransaction",
    "SESSION,       FAILED, true,  Replay,            LoseTransaction",
    "WRITE,         FAILED, true,  Replay,            LoseTransaction",
    "COMMIT,        FAILED, true,  Repeat FAILED,     Repeat FAILED",
    "ROLLBACK,      FAILED, true,  Repeat PLAIN,      Repeat PLAIN",
    "MAY_COMMIT,    FAILED, true,  Doubt,             Doubt",
  })
  void call_cutOffAfterItWasSent_hasItsNextStep(
      CallEffect effect,
      TransactionBlock block,
      boolean wrote,
      String replayable,
      String notReplayable) {
    facts.effect = effect;
    facts.block = block;
    facts.wrote = wrote;

    assertThat(next(FailureKind.CONNECTION_LOST)).isEqualTo(replayable);
    facts.replayable = false;
    assertThat(next(FailureKind.CONNECTION_LOST)).isEqualTo(notReplayable);
  }

  @Test
  void whatIsInDoubt_isSettledWhereEvidenceWasNoted_andUnknownElsewhere() {
    forAllFacts(
        () -> {
          if (facts.make().inDoubt()) {
            assertThat(next(FailureKind.CONNECTION_LOST))
                .isEqualTo(facts.noted ? "Settle" : "Doubt");
          }
        });
  }

  @Test
  void commandOfTwoPhaseCommit_cutOff_isSettledByWhatIsPrepared_andNeverReplayed() {
    forAllFacts(
        () -> {
          facts.effect = CallEffect.MAY_COMMIT;
          facts.twoPhase = true;
          assertThat(next(FailureKind.CONNECTION_LOST))
              .isEqualTo(facts.sent ? "SettlePrepared" : next(FailureKind.DEMOTED));
          facts.twoPhase = false;
        });
  }

  @Test
  void whatWasNeverSent_isNeverInDoubt() {
    forAllFacts(
        () -> {
          facts.sent = false;
          assertThat(next(FailureKind.CONNECTION_LOST)).isNotEqualTo("Doubt");
          facts.sent = true;
          assertThat(next(FailureKind.DEMOTED)).isNotEqualTo("Doubt");
        });
  }

  @Test
  void commitThatWasNeverSent_afterWrites_goesTheWayOfItsTransaction() {
    facts.effect = CallEffect.COMMIT;
    facts.wrote = true;
    facts.sent = false;
    assertThat(next(FailureKind.CONNECTION_LOST)).isEqualTo("Replay");
    facts.noted = true;
    assertThat(next(FailureKind.CONNECTION_LOST))
        .as("an earlier COMMIT of the same work may be part of the next server's history")
        .isEqualTo("Settle");
  }

  @Test
  void transaction_thatMayHaveWritten_isNeverRunInParts() {
    forAllFacts(
        () -> {
          String step = next(FailureKind.CONNECTION_LOST);
          boolean goesOnWithout = step.equals("Repeat PLAIN") || step.equals("GiveUp");
          if (facts.block.isOpen() && facts.effect != CallEffect.ROLLBACK) {
            assertThat(goesOnWithout).as("%s", facts.make()).isFalse();
          }
        });
  }

  @Test
  void callThatCannotBeMadeAgain_losesItsTransaction_alsoIfItIsTheFirstOfIt() {
    for (CallEffect effect : EnumSet.of(CallEffect.READ, CallEffect.WRITE, CallEffect.SESSION)) {
      for (TransactionBlock block : TransactionBlock.values()) {
        if (block != TransactionBlock.NONE) {
          facts.effect = effect;
          facts.block = block;
          facts.repeatable = false;
          assertThat(next(FailureKind.CONNECTION_LOST))
              .as("%s in %s", effect, block)
              .isEqualTo("LoseTransaction");
        }
      }
    }
  }

  @Test
  void callThatEndsEveryConnection_isNotMadeForEver() {
    facts.attempt = RecoveryPlanner.MOST_ATTEMPTS;
    assertThat(next(FailureKind.CONNECTION_LOST)).isEqualTo("LoseTransaction");
    facts.block = TransactionBlock.BEGINS;
    assertThat(next(FailureKind.CONNECTION_LOST)).isEqualTo("LoseTransaction");
    facts.block = TransactionBlock.NONE;
    facts.effect = CallEffect.READ;
    assertThat(next(FailureKind.CONNECTION_LOST)).isEqualTo("GiveUp");
  }

  @ParameterizedTest(name = "{0} in block {1}, wrote before: {2} -> {3}, {4}")
  @CsvSource({
    // effect,       block, wrote, 25P03 or 57P05, 25P04
    "READ,          NONE,   false, Repeat PLAIN,    LoseTransaction",
    "UNPROVED_READ, NONE,   false, Repeat PLAIN,    Doubt",
    "SESSION,       NONE,   false, Repeat PLAIN,    LoseTransaction",
    "WRITE,         NONE,   false, Repeat PLAIN,    Doubt",
    "MAY_COMMIT,    NONE,   false, Repeat PLAIN,    Doubt",
    "READ,          BEGINS, false, Repeat PLAIN,    LoseTransaction",
    "WRITE,         BEGINS, false, Repeat PLAIN,    LoseTransaction",
    "ROLLBACK,      BEGINS, false, Repeat PLAIN,    Repeat PLAIN",
    "MAY_COMMIT,    BEGINS, false, Repeat PLAIN,    Doubt",
    "READ,          OPEN,   false, LoseTransaction, LoseTransaction",
    "READ,          OPEN,   true,  LoseTransaction, LoseTransaction",
    "UNPROVED_READ, OPEN,   false, LoseTransaction, LoseTransaction",
    "SESSION,       OPEN,   false, LoseTransaction, LoseTransaction",
    "WRITE,         OPEN,   true,  LoseTransaction, LoseTransaction",
    "COMMIT,        OPEN,   false, LoseTransaction, LoseTransaction",
    "COMMIT,        OPEN,   true,  LoseTransaction, Doubt",
    "ROLLBACK,      OPEN,   true,  Repeat PLAIN,    Repeat PLAIN",
    "MAY_COMMIT,    OPEN,   true,  LoseTransaction, Doubt",
    "READ,          FAILED, true,  LoseTransaction, LoseTransaction",
    "WRITE,         FAILED, true,  LoseTransaction, LoseTransaction",
    "COMMIT,        FAILED, true,  Repeat FAILED,   Repeat FAILED",
    "ROLLBACK,      FAILED, true,  Repeat PLAIN,    Repeat PLAIN",
    "MAY_COMMIT,    FAILED, true,  LoseTransaction, Doubt",
  })
  void timeoutOfTheServer_endsTheTransaction(
      CallEffect effect, TransactionBlock block, boolean wrote, String idle, String transaction) {
    facts.effect = effect;
    facts.block = block;
    facts.wrote = wrote;
    facts.cause = LossCause.IDLE_TIMEOUT;
    facts.sent = false; // It was never read.
    assertThat(next(FailureKind.CONNECTION_LOST)).isEqualTo(idle);
    facts.cause = LossCause.TRANSACTION_TIMEOUT;
    facts.sent = true;
    assertThat(next(FailureKind.CONNECTION_LOST)).isEqualTo(transaction);
  }

  @Test
  void timeoutOfTheServer_isNeverReplayed() {
    forAllFacts(
        () -> {
          for (LossCause cause : LossCause.values()) {
            facts.cause = cause;
            if (facts.make().isEndedByTimeout()) {
              assertThat(next(FailureKind.CONNECTION_LOST)).isNotIn("Replay", "Repeat COMMITTED");
            }
          }
          facts.cause = LossCause.UNSEEN;
        });
  }

  @ParameterizedTest(name = "{0}; replaying: {1}, before: {2} -> {3}, {4}, {5}, {6}, {7}")
  @CsvSource({
    // the server arrived at: not known; another; the same, restarted; the same; with a crash
    "NOT_UNDER_WAY,       false, true,  FREELY, FREELY, FREELY, FREELY, FREELY",
    "ENDED_WITH_ALL,      false, true,  FREELY, FREELY, FREELY, FREELY, FREELY",
    "IDLE_TIMEOUT,        false, true,  FREELY, FREELY, FREELY, FREELY, FREELY",
    "IDLE_TIMEOUT,        true,  false, NEVER,  NEVER,  NEVER,  NEVER,  NEVER",
    "TRANSACTION_TIMEOUT, false, false, NEVER,  NEVER,  NEVER,  NEVER,  NEVER",
    "TRANSACTION_TIMEOUT, true,  false, NEVER,  NEVER,  NEVER,  NEVER,  NEVER",
    "TERMINATED,          false, false, FREELY, FREELY, FREELY, ONCE,   ONCE",
    "TERMINATED,          false, true,  FREELY, FREELY, FREELY, NEVER,  NEVER",
    "TERMINATED,          true,  false, FREELY, FREELY, FREELY, ONCE,   ONCE",
    "TERMINATED,          true,  true,  FREELY, FREELY, FREELY, NEVER,  NEVER",
    "OF_THE_MACHINE,      false, false, FREELY, FREELY, FREELY, ONCE,   FREELY",
    "OF_THE_MACHINE,      false, true,  FREELY, FREELY, FREELY, NEVER,  FREELY",
    "OF_THE_MACHINE,      true,  true,  FREELY, FREELY, FREELY, FREELY, FREELY",
    "UNSEEN,              false, false, ONCE,   ONCE,   ONCE,   ONCE,   NEVER",
    "UNSEEN,              false, true,  NEVER,  NEVER,  NEVER,  NEVER,  NEVER",
    "UNSEEN,              true,  false, FREELY, FREELY, FREELY, FREELY, NEVER",
    "UNSEEN,              true,  true,  FREELY, FREELY, FREELY, FREELY, NEVER",
  })
  void callWhoseBackendEnded_isRunAgainAtMostOnce_andNotWhereABackendCrashed(
      LossCause cause,
      boolean replaying,
      boolean before,
      String unknown,
      String another,
      String restarted,
      String same,
      String crashed) {
    BackendLoss loss =
        new BackendLoss(
            cause,
            new SQLException("lost", "08006"),
            null,
            new Endpoint("left", 5432),
            null,
            0,
            replaying);
    assertThat(rerun(loss, before, null)).isEqualTo(unknown);
    assertThat(rerun(loss, before, new Arrival(false, true, false))).isEqualTo(another);
    assertThat(rerun(loss, before, new Arrival(true, false, false))).isEqualTo(restarted);
    assertThat(rerun(loss, before, new Arrival(true, true, false))).isEqualTo(same);
    assertThat(rerun(loss, before, new Arrival(true, true, true))).isEqualTo(crashed);
  }

  private static String rerun(BackendLoss loss, boolean before, @Nullable Arrival arrival) {
    Rerun rerun = RecoveryPlanner.rerun(loss, before, arrival);
    return rerun == Rerun.FOR_THE_LAST_TIME ? "ONCE" : rerun.name();
  }

  @Test
  void errorOfTheStatement_passesAsItIs_whateverElseIsKnown() {
    forAllFacts(() -> assertThat(next(FailureKind.STATEMENT_ERROR)).isEqualTo("PassOn"));
  }

  @Test
  void conflict_isRetried_onlyWhereARollbackUndoesAllOfIt() {
    assertThat(next(FailureKind.CONFLICT)).isEqualTo("RetryAfterConflict");
    facts.attempt = 4;
    assertThat(next(FailureKind.CONFLICT)).as("more often than asked for").isEqualTo("PassOn");
    facts.attempt = 1;
    facts.undoable = false;
    assertThat(next(FailureKind.CONFLICT)).isEqualTo("PassOn");
    facts.undoable = true;
    facts.replayable = false;
    assertThat(next(FailureKind.CONFLICT)).isEqualTo("PassOn");
    facts.block = TransactionBlock.BEGINS;
    assertThat(next(FailureKind.CONFLICT)).isEqualTo("RetryAfterConflict");
    facts.block = TransactionBlock.NONE;
    assertThat(next(FailureKind.CONFLICT)).as("a part may be committed").isEqualTo("PassOn");
  }

  @Test
  void limitOfTheApplication_andAConnectionTheDriverGaveUp_endTheSession() {
    forAllFacts(
        () -> {
          assertThat(PLANNER.next(FailureKind.TIMED_OUT, facts.make()))
              .isEqualTo(new NextStep.CloseSession(false));
          assertThat(PLANNER.next(FailureKind.GIVEN_UP, facts.make()))
              .isEqualTo(new NextStep.CloseSession(true));
        });
  }

  @Test
  void withoutRestoring_everyLossEndsTheSession_withTheDriversFailure() {
    RecoveryPlanner none = new RecoveryPlanner(false, 0);
    forAllFacts(
        () -> {
          for (FailureKind failure :
              Set.of(FailureKind.CONNECTION_LOST, FailureKind.DEMOTED, FailureKind.TIMED_OUT)) {
            assertThat(none.next(failure, facts.make())).isEqualTo(new NextStep.CloseSession(true));
          }
        });
  }

  private void forAllFacts(Runnable check) {
    boolean[] both = {false, true};
    for (CallEffect effect : CallEffect.values()) {
      for (TransactionBlock block : TransactionBlock.values()) {
        for (int bits = 0; bits < 64; bits++) {
          facts.effect = effect;
          facts.block = block;
          facts.sent = both[bits & 1];
          facts.wrote = both[bits >> 1 & 1];
          facts.noted = both[bits >> 2 & 1];
          facts.repeatable = both[bits >> 3 & 1];
          facts.replayable = both[bits >> 4 & 1];
          facts.undoable = both[bits >> 5 & 1];
          facts.cause = LossCause.UNSEEN;
          facts.attempt = 1;
          check.run();
        }
      }
    }
  }
}

package io.baton.failover;

import static io.baton.failover.InterruptedCall.Verdict.OUTCOME_IN_DOUBT;
import static io.baton.failover.InterruptedCall.Verdict.RUN_AGAIN;
import static io.baton.failover.InterruptedCall.Verdict.RUN_AGAIN_FAILED;
import static io.baton.failover.InterruptedCall.Verdict.TRANSACTION_LOST;
import static org.assertj.core.api.Assertions.assertThat;

import io.baton.failover.InterruptedCall.Block;
import io.baton.failover.InterruptedCall.Kind;
import io.baton.failover.InterruptedCall.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InterruptedCallTest {

  @ParameterizedTest(name = "{0} sent in block {1}, wrote before: {2} -> {3}")
  @CsvSource({
    // kind,       block,  wrote, verdict
    "READ,       NONE,   false, RUN_AGAIN",
    "SESSION,    NONE,   false, RUN_AGAIN",
    "WORK,       NONE,   false, OUTCOME_IN_DOUBT",
    "COMMIT,     NONE,   false, RUN_AGAIN",
    "ROLLBACK,   NONE,   false, RUN_AGAIN",
    "MAY_COMMIT, NONE,   false, OUTCOME_IN_DOUBT",
    "READ,       BEGINS, false, RUN_AGAIN",
    "SESSION,    BEGINS, false, RUN_AGAIN",
    "WORK,       BEGINS, false, RUN_AGAIN",
    "COMMIT,     BEGINS, false, RUN_AGAIN",
    "ROLLBACK,   BEGINS, false, RUN_AGAIN",
    "MAY_COMMIT, BEGINS, false, OUTCOME_IN_DOUBT",
    "READ,       OPEN,   false, TRANSACTION_LOST",
    "SESSION,    OPEN,   true,  TRANSACTION_LOST",
    "WORK,       OPEN,   true,  TRANSACTION_LOST",
    "COMMIT,     OPEN,   false, RUN_AGAIN",
    "COMMIT,     OPEN,   true,  OUTCOME_IN_DOUBT",
    "ROLLBACK,   OPEN,   true,  RUN_AGAIN",
    "MAY_COMMIT, OPEN,   false, OUTCOME_IN_DOUBT",
    "MAY_COMMIT, OPEN,   true,  OUTCOME_IN_DOUBT",
    "READ,       FAILED, true,  TRANSACTION_LOST",
    "WORK,       FAILED, true,  TRANSACTION_LOST",
    "SESSION,    FAILED, true,  TRANSACTION_LOST",
    "MAY_COMMIT, FAILED, true,  OUTCOME_IN_DOUBT",
    "COMMIT,     FAILED, true,  RUN_AGAIN_FAILED",
    "ROLLBACK,   FAILED, true,  RUN_AGAIN",
  })
  void call_sent_hasVerdict(Kind kind, Block block, boolean wrote, Verdict verdict) {
    assertThat(new InterruptedCall(kind, true, block, wrote).verdict()).isEqualTo(verdict);
  }

  @Test
  void call_neverSent_isNeverInDoubt() {
    for (Kind kind : Kind.values()) {
      for (Block block : Block.values()) {
        for (boolean wrote : new boolean[] {false, true}) {
          assertThat(new InterruptedCall(kind, false, block, wrote).verdict())
              .as("%s in %s", kind, block)
              .isNotEqualTo(OUTCOME_IN_DOUBT);
        }
      }
    }
  }

  @Test
  void commit_neverSentAfterWrites_losesTheTransaction() {
    assertThat(new InterruptedCall(Kind.COMMIT, false, Block.OPEN, true).verdict())
        .isEqualTo(TRANSACTION_LOST);
  }

  @Test
  void verdict_runningAgain_neverFollowsAWriteThatMayHaveCommitted() {
    for (Kind kind : new Kind[] {Kind.WORK, Kind.MAY_COMMIT}) {
      assertThat(new InterruptedCall(kind, true, Block.NONE, false).verdict())
          .isNotIn(RUN_AGAIN, RUN_AGAIN_FAILED);
    }
  }
}

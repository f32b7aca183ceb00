package io.baton.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonException;
import io.baton.BatonException.Outcome;
import io.baton.LimitReachedException;
import io.baton.NoServerException;
import io.baton.OutcomeUnknownException;
import io.baton.SessionLostException;
import io.baton.TransactionLostException;
import io.baton.engine.RecoveryEnd.Account;
import io.baton.engine.RecoveryEnd.Condition;
import io.baton.failover.RecoveryLimits.Limit;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The contract with the application, row by row: whatever was thrown, one row applies. */
class RecoveryEndTest {

  private final SQLException lost = new SQLException("lost", "08006");

  private final SQLException none = new NoServerFound("no server", "", null);
  private final SQLException refused = new SQLException("login refused", "28P01");
  private final SQLException aborted = new SQLException("aborted", "08006");

  private RecoveryEnd.Interrupted call(CallEffect effect, TransactionBlock block) {
    CallFacts facts =
        new CallFacts(
            effect, block, true, true, false, false, true, true, true, false, LossCause.UNSEEN, 1);
    return new RecoveryEnd.Interrupted(facts, lost, RecoveryEnd.Cause.LOSS, "left:5432");
  }

  private RecoveryEnd end(
      Exception thrown,
      CallEffect effect,
      TransactionBlock block,
      Account account,
      @Nullable Limit limit) {
    return RecoveryEnd.of(thrown, call(effect, block), account, limit, "now:5432");
  }

  private static void assertEnds(
      RecoveryEnd end, Class<?> type, String state, Outcome outcome, Condition condition) {
    assertThat((Throwable) end.exception()).isInstanceOf(type);
    assertThat(end.exception().getSQLState()).isEqualTo(state);
    assertThat(((BatonException) end.exception()).outcome()).isEqualTo(outcome);
    assertThat(end.condition()).isEqualTo(condition);
  }

  @Test
  void noServer_inATransaction_owesAFailedOne() {
    for (TransactionBlock block : List.of(TransactionBlock.BEGINS, TransactionBlock.OPEN)) {
      assertEnds(
          end(none, CallEffect.WRITE, block, new Account(false), Limit.FAILOVER_TIMEOUT),
          NoServerException.class,
          "08001",
          Outcome.NOT_COMMITTED,
          Condition.OWES_FAILED_TRANSACTION);
    }
    assertEnds(
        end(none, CallEffect.READ, TransactionBlock.NONE, new Account(false), null),
        NoServerException.class,
        "08001",
        Outcome.NOT_COMMITTED,
        Condition.NO_TRANSACTION);
    assertEnds(
        end(none, CallEffect.ROLLBACK, TransactionBlock.OPEN, new Account(false), null),
        NoServerException.class,
        "08001",
        Outcome.NOT_COMMITTED,
        Condition.NO_TRANSACTION);
  }

  @Test
  void refusal_isASessionThatIsLost_withTheServersOwnErrorAsItsCause() {
    for (Exception thrown : List.of(refused, new RebuildRefused("a lock", refused))) {
      RecoveryEnd end =
          end(
              thrown,
              CallEffect.WRITE,
              TransactionBlock.OPEN,
              new Account(false),
              Limit.FAILOVER_TIMEOUT);
      assertEnds(end, SessionLostException.class, "08006", Outcome.NOT_COMMITTED, Condition.CLOSED);
      assertThat(end.exception().getCause()).isSameAs(refused);
    }
  }

  @Test
  void faultOfOurOwn_isASessionThatIsLost() {
    RuntimeException fault = new IllegalStateException("a fault");
    assertEnds(
        end(fault, CallEffect.READ, TransactionBlock.NONE, new Account(false), null),
        SessionLostException.class,
        "08006",
        Outcome.NOT_COMMITTED,
        Condition.CLOSED);
    assertEnds(
        end(fault, CallEffect.COMMIT, TransactionBlock.OPEN, new Account(true), null),
        OutcomeUnknownException.class,
        "08007",
        Outcome.UNKNOWN,
        Condition.CLOSED);
  }

  @Test
  void commitThatTookPlace_isSaidToHave_alsoWhereTheSessionIsLost() {
    Account account = new Account(true);
    account.resolved(Outcome.COMMITTED, "the ledger says so");
    assertEnds(
        end(refused, CallEffect.COMMIT, TransactionBlock.OPEN, account, null),
        SessionLostException.class,
        "08006",
        Outcome.COMMITTED,
        Condition.CLOSED);
    assertEnds(
        end(none, CallEffect.COMMIT, TransactionBlock.OPEN, account, null),
        NoServerException.class,
        "08001",
        Outcome.COMMITTED,
        Condition.NO_TRANSACTION);
  }

  @ParameterizedTest
  @EnumSource
  void sessionThatDependsOnAnUnknownOutcome_isLostWithIt(Limit limit) {
    Account account = new Account(true);
    account.losesSession();
    for (Exception thrown : List.of(none, aborted, new RecoveryEnd.Unknown())) {
      RecoveryEnd end = end(thrown, CallEffect.COMMIT, TransactionBlock.OPEN, account, limit);
      assertEnds(end, OutcomeUnknownException.class, "08007", Outcome.UNKNOWN, Condition.CLOSED);
      assertThat((Throwable) end.exception()).hasMessageContaining("the connection is closed");
    }
  }

  @Test
  void sessionThatDependsOnAnOutcome_goesOn_whereThatIsKnown() {
    Account account = new Account(true);
    account.losesSession();
    account.resolved(Outcome.NOT_COMMITTED, "the server says so");
    RecoveryEnd end =
        end(new RecoveryEnd.Lost("why"), CallEffect.COMMIT, TransactionBlock.OPEN, account, null);
    assertThat(end.condition()).isEqualTo(Condition.OWES_FAILED_TRANSACTION);
    assertThat((Throwable) end.exception()).hasMessageNotContaining("closed");
  }

  @ParameterizedTest
  @EnumSource
  void whatIsInDoubt_isUnknown_whateverLimitIsReached(Limit limit) {
    boolean closes = limit == Limit.NETWORK_TIMEOUT || limit == Limit.CLOSED;
    for (Exception thrown : List.of(none, aborted)) {
      assertEnds(
          end(thrown, CallEffect.COMMIT, TransactionBlock.OPEN, new Account(true), limit),
          OutcomeUnknownException.class,
          "08007",
          Outcome.UNKNOWN,
          closes ? Condition.CLOSED : Condition.OWES_FAILED_TRANSACTION);
    }
  }

  @Test
  void limitOfTheApplication_endsAsTheDriverEndsIt() {
    for (Limit limit : List.of(Limit.QUERY_TIMEOUT, Limit.CANCELLED)) {
      assertEnds(
          end(aborted, CallEffect.WRITE, TransactionBlock.OPEN, new Account(false), limit),
          LimitReachedException.class,
          "57014",
          Outcome.NOT_COMMITTED,
          Condition.OWES_FAILED_TRANSACTION);
    }
    assertEnds(
        end(
            none,
            CallEffect.READ,
            TransactionBlock.NONE,
            new Account(false),
            Limit.NETWORK_TIMEOUT),
        LimitReachedException.class,
        "08006",
        Outcome.NOT_COMMITTED,
        Condition.CLOSED);
    assertEnds(
        end(aborted, CallEffect.READ, TransactionBlock.NONE, new Account(false), Limit.CLOSED),
        LimitReachedException.class,
        "08003",
        Outcome.NOT_COMMITTED,
        Condition.CLOSED);
  }

  @Test
  void replayThatDoesNotFit_losesTheTransaction_andDoesNotSayThatThereIsNoServer() {
    Account account = new Account(false);
    account.replays();
    assertEnds(
        end(aborted, CallEffect.WRITE, TransactionBlock.OPEN, account, Limit.FAILOVER_TIMEOUT),
        TransactionLostException.class,
        "40001",
        Outcome.NOT_COMMITTED,
        Condition.OWES_FAILED_TRANSACTION);
  }

  @Test
  void failureThatStands_isTheDriversOwn() {
    RecoveryEnd passed =
        end(
            new RecoveryEnd.PassedOn(lost),
            CallEffect.READ,
            TransactionBlock.NONE,
            new Account(false),
            null);
    assertThat((Throwable) passed.exception()).isSameAs(lost);

    Account closing = new Account(true);
    closing.closes(true);
    RecoveryEnd drivers =
        end(new RecoveryEnd.PassedOn(lost), CallEffect.WRITE, TransactionBlock.NONE, closing, null);
    assertThat((Throwable) drivers.exception()).isSameAs(lost);
    assertThat(drivers.condition()).isEqualTo(Condition.CLOSED);

    Account stating = new Account(true);
    stating.closes(false);
    assertEnds(
        end(new RecoveryEnd.PassedOn(lost), CallEffect.WRITE, TransactionBlock.NONE, stating, null),
        OutcomeUnknownException.class,
        "08007",
        Outcome.UNKNOWN,
        Condition.CLOSED);
  }
}

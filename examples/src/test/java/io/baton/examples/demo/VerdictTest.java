package io.baton.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@PostgresTest
class VerdictTest {
  private static final Transfer FIRST = new Transfer(1, 0, 10, 20, 50);
  private static final Transfer SECOND = new Transfer(2, 0, 20, 30, 70);

  private final Ledger ledger = new Ledger();
  private Connection connection;

  @BeforeEach
  void openBank(PostgresCluster cluster) throws SQLException {
    connection = cluster.primary().connect();
    Banks.reopen(connection);
    connection.setAutoCommit(false);
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
  }

  @Test
  void verdict_everyAcknowledgedOperationThereOnce_holds() throws SQLException {
    runAndAcknowledge(FIRST);
    runAndAcknowledge(SECOND);

    Verdict verdict = verdict();

    assertThat(verdict.faults()).isEmpty();
    assertThat(verdict.holds()).isTrue();
    assertThat(verdict.acknowledged()).isEqualTo(2);
    assertThat(verdict.byServer()).containsOnly(Map.entry("node0", 2L));
  }

  @Test
  void verdict_acknowledgedOperationNotThere_isLost() throws SQLException {
    runAndAcknowledge(FIRST);
    acknowledge(SECOND);

    Verdict verdict = verdict();

    assertThat(verdict.holds()).isFalse();
    assertThat(verdict.lost()).containsExactly(SECOND.number());
    assertThat(verdict.faults()).containsExactly("1 operation acknowledged and lost: 2.");
  }

  @Test
  void verdict_operationFoundByLookUpAndNotThere_isLost() throws SQLException {
    ledger.begun(FIRST, 0);
    ledger.foundCommitted(FIRST, 0, 1);

    Verdict verdict = verdict();

    assertThat(verdict.lost()).containsExactly(FIRST.number());
    assertThat(verdict.acknowledged()).isZero();
    assertThat(verdict.foundByLookUp()).isOne();
  }

  @Test
  void verdict_operationCommittedTwice_isDuplicated() throws SQLException {
    runAndAcknowledge(FIRST);
    runAndAcknowledge(SECOND);
    run(SECOND);

    Verdict verdict = verdict();

    assertThat(verdict.holds()).isFalse();
    assertThat(verdict.duplicated()).containsExactly(SECOND.number());
    assertThat(verdict.faults()).containsExactly("1 operation committed more than once: 2.");
  }

  @Test
  void verdict_operationThereThatNobodyWasToldOf_isUnaccounted() throws SQLException {
    run(FIRST);

    Verdict verdict = verdict();

    assertThat(verdict.holds()).isFalse();
    assertThat(verdict.unaccounted()).containsExactly(FIRST.number());
  }

  @Test
  void verdict_operationGivenUp_mayBeThereOrNot() throws SQLException {
    ledger.begun(FIRST, 0);
    run(FIRST);
    ledger.begun(SECOND, 0);

    Verdict verdict = verdict();

    assertThat(verdict.faults()).isEmpty();
    assertThat(verdict.unsettled()).isEqualTo(2);
  }

  @Test
  void verdict_moneyFromNowhere_totalIsWrong() throws SQLException {
    execute("update account set balance = balance + 1 where id = 7");

    Verdict verdict = verdict();

    assertThat(verdict.holds()).isFalse();
    assertThat(verdict.total()).isEqualTo(Verdict.EXPECTED_TOTAL + 1);
    assertThat(verdict.wrongBalances()).isOne();
  }

  @Test
  void verdict_moneyMovedWithoutOperation_balancesAreWrong() throws SQLException {
    execute(
        "update account set balance = balance + case id when 7 then 5 else -5 end"
            + " where id in (7, 8)");

    Verdict verdict = verdict();

    assertThat(verdict.holds()).isFalse();
    assertThat(verdict.total()).isEqualTo(Verdict.EXPECTED_TOTAL);
    assertThat(verdict.wrongBalances()).isEqualTo(2);
  }

  @Test
  void verdict_impossibleRead_doesNotHold() throws SQLException {
    ledger.wrongRead(FIRST, "read a balance of 1");

    assertThat(verdict().faults())
        .containsExactly("Reads with impossible values: operation 1 read a balance of 1.");
  }

  private void runAndAcknowledge(Transfer transfer) throws SQLException {
    run(transfer);
    acknowledge(transfer);
  }

  private void run(Transfer transfer) throws SQLException {
    Bank.run(transfer, connection);
    connection.commit();
  }

  private void acknowledge(Transfer transfer) {
    ledger.begun(transfer, 0);
    ledger.acknowledged(transfer, 0, 1);
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
    connection.commit();
  }

  private Verdict verdict() throws SQLException {
    return Verdict.of(connection, ledger.snapshot(10));
  }
}

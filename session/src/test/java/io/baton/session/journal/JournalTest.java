package io.baton.session.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.session.sql.StatementAnalyzer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JournalTest {

  private final Journal<String> journal = new Journal<>(100);

  @Test
  void calls_areKeptInTheirOrder() {
    journal.add("a", 40);
    journal.add("b", 40);

    assertThat(journal.calls()).containsExactly("a", "b");
    assertThat(journal.recordedCalls()).isEqualTo(2);
    assertThat(journal.isRecording()).isTrue();
    assertThat(journal.blocker()).isNull();
  }

  @Test
  void journalThatIsFull_isDroppedAndSaysWhy() {
    journal.add("a", 60);
    journal.add("b", 60);

    assertThat(journal.calls()).isEmpty();
    assertThat(journal.recordedCalls()).isZero();
    assertThat(journal.isRecording()).isFalse();
    assertThat(journal.blocker()).isEqualTo(ReplayBlocker.TOO_LARGE);

    journal.block(ReplayBlocker.METADATA);
    assertThat(journal.blocker()).as("the first reason").isEqualTo(ReplayBlocker.TOO_LARGE);
  }

  @Test
  void callThatEndsOnceTheTransactionIsBlocked_isNotRecorded() {
    journal.block(ReplayBlocker.RAW_ACCESS);
    journal.add("a", 1);

    assertThat(journal.calls()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "select 1                                 | -",
        "update t set a = 1; select 1             | -",
        "call p()                                 | -",
        "do $$ begin end $$                       | -",
        "savepoint s                              | -",
        "rollback to s                            | -",
        "begin                                    | -",
        "set local a.b = 'c'                      | -",
        "copy t from stdin                        | CLIENT_STREAM",
        "vacuum                                   | NON_TRANSACTIONAL",
        "create index concurrently i on t (a)     | NON_TRANSACTIONAL",
        "prepare transaction 'x'                  | TWO_PHASE",
        "set transaction snapshot '1'             | SNAPSHOT",
        "/*+ baton:no-replay */ select 1          | FORBIDDEN",
        "frobnicate                               | NOT_RECOGNISED",
        "commit; begin                            | CHAINED",
        "commit and chain                         | CHAINED",
        "rollback and chain                       | CHAINED",
      })
  void statementsThatMustNotRunTwice_areKnown(String sql, ReplayBlocker reason) {
    assertThat(ReplayBlocker.by(new StatementAnalyzer().analyze(sql))).isEqualTo(reason);
  }
}

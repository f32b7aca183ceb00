package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.baton.testkit.PostgresCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A write that is made in a transaction of its own: the application sees none of it. */
class ProtectedWritesLimitsTest extends ContractFixture {

  private static final Duration SOON = Duration.ofSeconds(10);

  ProtectedWritesLimitsTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "?baton.autocommitWrites=protect");
  }

  @BeforeEach
  void slowCommit() throws Exception {
    direct(
        """
        create or replace function slow() returns trigger language plpgsql as $$
        begin perform pg_sleep(20); return null; end $$;
        drop table if exists slow;
        create table slow (id int);
        create constraint trigger slow after insert on slow
          deferrable initially deferred for each row execute function slow()""");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void itsCommit_isEndedByTheLimitsOfTheCall(boolean byTimeout) throws Exception {
    try (Statement statement = connection.createStatement()) {
      if (byTimeout) {
        statement.setQueryTimeout(1);
      }
      long began = System.nanoTime();
      BackgroundCall call =
          BackgroundCall.start(() -> statement.execute("insert into slow values (1)"));
      if (!byTimeout) {
        call.awaitWaiting();
        statement.cancel();
      }

      assertThat(call.failsWithin(SOON).getSQLState()).isEqualTo("57014");
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
    }
    assertThat(ask("select count(*) from slow")).isEqualTo("0");
    insert(1);
    assertThat(rows()).isEqualTo("1");
  }

  @Test
  void itsTransaction_isNotSeenByOtherThreads() throws Exception {
    try (Connection blocker = cluster.primary().connect();
        Statement statement = blocker.createStatement()) {
      blocker.setAutoCommit(false);
      statement.execute("lock table entry in exclusive mode");
      BackgroundCall write = BackgroundCall.start(() -> insert(1)).awaitWaiting();
      assertThat(connection.getAutoCommit()).isTrue();
      BackgroundCall other = BackgroundCall.start(() -> connection.setAutoCommit(false));

      blocker.commit();

      assertThat(write.endsWithin(SOON)).isEmpty();
      assertThat(other.endsWithin(SOON)).isEmpty();
    }
    assertThat(connection.getAutoCommit()).isFalse();
    insert(2);
    connection.rollback();
    connection.setReadOnly(true);
    assertThat(rows()).isEqualTo("1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"lock table entry", "declare c cursor for select 1"})
  void whatIsForTransactionsOnly_isRefused(String sql) {
    SQLException refused = catchThrowableOfType(SQLException.class, () -> execute(sql));
    assertThat(refused.getSQLState()).isEqualTo("25P01");
  }
}

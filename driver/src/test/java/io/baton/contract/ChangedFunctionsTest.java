package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonConnection;
import io.baton.BatonException;
import io.baton.BatonException.Outcome;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Backend;
import io.baton.testkit.proxy.Message.Frontend;
import java.sql.Connection;
import java.sql.SQLException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What another client has just created or replaced is not taken for what it was. */
class ChangedFunctionsTest extends ContractFixture {

  private static final FaultPoint BEFORE_THE_SERVER_COMMITS =
      FaultPoint.before(Frontend.EXECUTE).ofStatement("commit"::equalsIgnoreCase);

  private static final String WRITES =
      " language sql volatile as 'insert into noted values (i); select i'";
  private static final String READS = " language sql stable as 'select i'";

  ChangedFunctionsTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  @BeforeEach
  void functions() throws SQLException {
    direct("create table if not exists noted (id int)");
    direct("truncate noted");
    direct("drop view if exists notes");
    direct("drop function if exists note(int)");
  }

  private String noted() throws SQLException {
    try (Connection direct = cluster.primary().connect()) {
      return ask(direct, "select count(*) from noted");
    }
  }

  /** The catalogue is read again after a definition by the session itself. */
  private void known(String definition, String statement) throws SQLException {
    execute(definition);
    try (Connection routing = connect("?baton.reads=auto")) {
      Awaitility.await()
          .until(
              () -> {
                ask("select 1");
                return routing
                    .unwrap(BatonConnection.class)
                    .explainRoute(statement)
                    .contains("the statement only reads");
              });
    }
  }

  private void assertUnknown(SQLException failure) {
    assertThat(failure.getSQLState()).isEqualTo("08007");
    assertThat(((BatonException) failure).outcome()).isEqualTo(Outcome.UNKNOWN);
  }

  @Test
  void functionThatWasJustCreated_isNoRead_andItsTransactionIsNotLost() throws SQLException {
    known("select 1", "select 1");
    direct("create function note(i int) returns int" + WRITES);
    connection.setAutoCommit(false);
    ask("select note(1)");
    cluster.primary().proxy().cutOn(BEFORE_THE_SERVER_COMMITS);

    connection.commit();

    assertThat(noted()).isEqualTo("1");
  }

  @Test
  void functionThatWasJustCreated_isNotRunTwice() throws SQLException {
    known("select 1", "select 1");
    direct("create function note(i int) returns int" + WRITES);
    cluster
        .primary()
        .proxy()
        .cutOn(FaultPoint.before(Backend.COMMAND_COMPLETE).ofStatement("select note"));

    assertUnknown(failure(() -> ask("select note(1)")));

    Awaitility.await().until(() -> noted().equals("1"));
  }

  /** What is replaced, so that it writes. */
  enum Replaced {
    FUNCTION("create function note(i int) returns int" + READS, "select note(1)") {
      @Override
      void replace(ChangedFunctionsTest test) throws SQLException {
        test.direct("create or replace function note(i int) returns int" + WRITES);
      }
    },
    VIEW("create view notes as select 1 as id", "select id from notes") {
      @Override
      void replace(ChangedFunctionsTest test) throws SQLException {
        test.direct("create function note(i int) returns int" + WRITES);
        test.direct("create or replace view notes as select note(1) as id");
      }
    };

    private final String definition;
    private final String statement;

    Replaced(String definition, String statement) {
      this.definition = definition;
      this.statement = statement;
    }

    abstract void replace(ChangedFunctionsTest test) throws SQLException;
  }

  @ParameterizedTest
  @EnumSource
  void whatWasJustReplaced_isNoRead_andItsCommitDoesNotReturnWithoutIt(Replaced replaced)
      throws SQLException {
    known(replaced.definition, replaced.statement);
    replaced.replace(this);
    connection.setAutoCommit(false);
    ask(replaced.statement);
    cluster.primary().proxy().cutOn(BEFORE_THE_SERVER_COMMITS);

    assertUnknown(failure(connection::commit));

    assertThat(stateOf(connection::commit)).isEqualTo("25P02");
    connection.rollback();
    assertThat(noted()).isEqualTo("0");
    assertThat(ask("select 1")).isEqualTo("1");
  }

  @ParameterizedTest
  @EnumSource
  void whatWasJustReplaced_isNotRunTwice(Replaced replaced) throws SQLException {
    known(replaced.definition, replaced.statement);
    replaced.replace(this);
    cluster
        .primary()
        .proxy()
        .cutOn(FaultPoint.before(Backend.COMMAND_COMPLETE).ofStatement(replaced.statement));

    assertUnknown(failure(() -> ask(replaced.statement)));

    Awaitility.await().until(() -> noted().equals("1"));
    assertThat(ask("select 1")).isEqualTo("1");
  }

  @Test
  void readsThatAreReadsStill_areCommitted_thoughOtherThingsWereReplaced() throws SQLException {
    String statement = "select note(1)";
    known("create function note(i int) returns int" + READS, statement);
    connection.setAutoCommit(false);
    ask(statement);
    ask("select count(*) from noted");
    direct("create or replace view notes as select clock_timestamp() as now");
    cluster.primary().proxy().cutOn(BEFORE_THE_SERVER_COMMITS);

    connection.commit();

    cluster.primary().proxy().disarm();
    ask(statement);
    cluster.primary().proxy().cutOn(BEFORE_THE_SERVER_COMMITS);
    connection.commit();
  }
}

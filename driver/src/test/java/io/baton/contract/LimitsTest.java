package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Frontend;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The limits that an application sets bound the whole of a call, recovery and replay included. */
class LimitsTest extends ContractFixture {

  private static final String LONG = "?baton.failoverTimeout=20s";

  /** What a limit of one or two seconds may take on a slow machine. */
  private static final Duration SOON = Duration.ofSeconds(5);

  LimitsTest(PostgresCluster cluster) throws SQLException {
    super(cluster, LONG);
  }

  /** Why no server answers. */
  enum Silence {
    REFUSES {
      @Override
      void begin(LimitsTest test) {
        test.cutAll();
      }
    },
    HANGS {
      @Override
      void begin(LimitsTest test) {
        test.hangAll();
      }
    };

    abstract void begin(LimitsTest test);
  }

  private void begin(boolean autoCommit) throws SQLException {
    connection.setAutoCommit(autoCommit);
    if (!autoCommit) {
      insert(1);
    }
  }

  /** A transaction is refused until it is rolled back; without one, the next statement works. */
  private void assertGoesOn(boolean autoCommit) throws SQLException {
    assertThat(connection.isClosed()).isFalse();
    if (!autoCommit) {
      assertThat(stateOf(() -> insert(3))).isEqualTo("25P02");
      connection.rollback();
    }
    insert(4);
    if (!autoCommit) {
      connection.commit();
    }
    assertThat(rows()).isEqualTo("4");
  }

  @ParameterizedTest
  @CsvSource({"HANGS, true", "REFUSES, false"})
  @Tag("campaign")
  void queryTimeout_whileNoServerAnswers_endsTheStatement(Silence silence, boolean autoCommit)
      throws Exception {
    begin(autoCommit);
    try (Statement statement = connection.createStatement()) {
      statement.setQueryTimeout(1);
      silence.begin(this);

      BackgroundCall read =
          BackgroundCall.start(() -> statement.execute("select count(*) from entry"));

      assertThat(read.failsWithin(SOON).getSQLState()).isEqualTo("57014");
      restore();
    }
    assertGoesOn(autoCommit);
  }

  @ParameterizedTest
  @CsvSource({"REFUSES, true", "HANGS, false"})
  void networkTimeout_whileNoServerAnswers_closesTheConnection(Silence silence, boolean autoCommit)
      throws Exception {
    begin(autoCommit);
    connection.setNetworkTimeout(Runnable::run, 1000);
    silence.begin(this);

    BackgroundCall read = BackgroundCall.start(() -> ask("select count(*) from entry"));

    assertThat(read.failsWithin(SOON).getSQLState()).isEqualTo("08006");
    assertThat(connection.isClosed()).isTrue();
    assertThat(rows()).isEmpty();
  }

  /** Of the first statement of a transaction, too: the next one must not begin another. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void socketTimeout_ofAStatementThatWaits_closesTheConnection(boolean first) throws Exception {
    insert(10);
    reconnect(LONG + "&socketTimeout=1");
    connection.setAutoCommit(false);
    if (!first) {
      insert(1);
    }
    try (Connection other = cluster.primary().connect();
        Statement locking = other.createStatement()) {
      other.setAutoCommit(false);
      lock(locking);

      BackgroundCall waiting = BackgroundCall.start(() -> execute("delete from entry"));

      assertThat(waiting.failsWithin(SOON).getSQLState()).isEqualTo("08006");
    }
    assertThat(connection.isClosed()).isTrue();
    assertThat(stateOf(() -> insert(3))).isEqualTo("08003");
    assertThat(rows()).isEqualTo("10");
  }

  @Test
  void socketTimeout_ofACommitInDoubt_leavesItUnknown() throws Exception {
    reconnect(LONG + "&socketTimeout=2");
    connection.setAutoCommit(false);
    insert(1);
    cluster
        .primary()
        .proxy()
        .on(
            FaultPoint.before(Frontend.EXECUTE).ofStatement(sql -> sql.equalsIgnoreCase("commit")),
            this::hangAll);

    assertThat(BackgroundCall.start(connection::commit).failsWithin(SOON).getSQLState())
        .isEqualTo("08007");
  }

  @Test
  void socketTimeout_ofAWriteInDoubt_leavesItUnknown() throws Exception {
    reconnect(LONG + "&socketTimeout=2");
    cluster
        .primary()
        .proxy()
        .on(FaultPoint.before(Frontend.EXECUTE).ofStatement("insert into"), this::hangAll);

    assertThat(BackgroundCall.start(() -> insert(1)).failsWithin(SOON).getSQLState())
        .isEqualTo("08007");
  }

  @ParameterizedTest
  @EnumSource
  void isValid_whileNoServerAnswers_saysNoInTime(Silence silence) throws Exception {
    silence.begin(this);

    BackgroundCall question =
        BackgroundCall.start(() -> assertThat(connection.isValid(1)).isFalse());

    assertThat(question.endsWithin(Duration.ofSeconds(4))).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void isValid_whileNoServerAnswers_isBoundedByTheNetworkTimeout(Silence silence) throws Exception {
    connection.setNetworkTimeout(Runnable::run, 500);
    silence.begin(this);

    BackgroundCall question =
        BackgroundCall.start(() -> assertThat(connection.isValid(30)).isFalse());

    assertThat(question.endsWithin(Duration.ofSeconds(4))).isEmpty();
  }

  @Test
  @Tag("campaign")
  void loginTimeout_whileNoServerAnswers_boundsConnecting() throws Exception {
    hangAll();

    BackgroundCall connecting = BackgroundCall.start(() -> connect(LONG + "&loginTimeout=3"));

    assertThat(connecting.failsWithin(SOON).getSQLState()).isEqualTo("08001");
  }

  // ------------------------------------------------------------------------------------ replay

  /** What is done to the application's call while it waits for the replay of its transaction. */
  private interface Waiting {
    void on(BackgroundCall call, Statement statement) throws Exception;
  }

  /**
   * A transaction whose replay waits for a row, which another session has locked meanwhile; the
   * call that is cut off is made by a statement of its own.
   */
  private void replayThatWaits(int queryTimeout, Waiting waiting) throws Exception {
    insert(10);
    int backend = Integer.parseInt(ask("select pg_catalog.pg_backend_pid()"));
    connection.setAutoCommit(false);
    execute("update entry set id = 11 where id = 10");
    try (Connection other = cluster.primary().connect();
        Statement locking = other.createStatement();
        Statement statement = connection.createStatement()) {
      other.setAutoCommit(false);
      cluster
          .primary()
          .proxy()
          .cutOn(
              FaultPoint.before(Frontend.PARSE).ofStatement("select count"),
              () -> {
                cluster.primary().terminateBackend(backend);
                lock(locking);
              });
      statement.setQueryTimeout(queryTimeout);
      BackgroundCall call =
          BackgroundCall.start(() -> statement.execute("select count(*) from entry"));
      waiting.on(call, statement);
    }
  }

  private static void lock(Statement statement) {
    try {
      statement.execute("select * from entry where id = 10 for update");
    } catch (SQLException unexpected) {
      throw new IllegalStateException(unexpected);
    }
  }

  @Test
  @Tag("campaign")
  void failoverTimeout_boundsTheReplay() throws Exception {
    reconnect("?baton.failoverTimeout=2s");
    replayThatWaits(
        0,
        (call, statement) -> assertThat(call.failsWithin(SOON).getSQLState()).isEqualTo("40001"));

    assertThat(stateOf(() -> insert(3))).isEqualTo("25P02");
    connection.rollback();
    assertThat(rows()).isEqualTo("10");
  }

  @Test
  void socketTimeout_shorterThanAReplayedStatement_isNotTakenForALackOfServers() throws Exception {
    reconnect("?baton.failoverTimeout=10s&socketTimeout=1");
    replayThatWaits(
        0,
        (call, statement) ->
            assertThat(call.failsWithin(Duration.ofSeconds(7)).getSQLState())
                .isIn("40001", "08006"));

    assertThat(stateOf(() -> insert(3))).isEqualTo(connection.isClosed() ? "08003" : "25P02");
    assertThat(rows()).isEqualTo("10");
  }

  @Test
  void queryTimeout_boundsTheReplay() throws Exception {
    replayThatWaits(
        2,
        (call, statement) -> assertThat(call.failsWithin(SOON).getSQLState()).isEqualTo("57014"));

    assertThat(stateOf(() -> insert(3))).isEqualTo("25P02");
    connection.rollback();
    assertThat(rows()).isEqualTo("10");
  }

  // ------------------------------------------------------------------------ from another thread

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void cancel_ofACallThatWaitsForAServer_endsItAtOnce(boolean autoCommit) throws Exception {
    begin(autoCommit);
    try (Statement statement = connection.createStatement()) {
      cutAll();
      BackgroundCall read =
          BackgroundCall.start(() -> statement.execute("select count(*) from entry"))
              .awaitWaiting();

      statement.cancel();

      assertThat(read.failsWithin(AT_ONCE).getSQLState()).isEqualTo("57014");
    }
    restore();
    assertGoesOn(autoCommit);
  }

  @Test
  void cancel_ofACallThatWaitsForItsReplay_endsItAtOnce() throws Exception {
    replayThatWaits(
        0,
        (call, statement) -> {
          call.awaitWaiting();
          statement.cancel();
          assertThat(call.failsWithin(AT_ONCE).getSQLState()).isEqualTo("57014");
        });

    assertThat(stateOf(() -> insert(3))).isEqualTo("25P02");
    connection.rollback();
    assertThat(rows()).isEqualTo("10");
  }

  @Test
  @Tag("campaign")
  void cancel_ofACallOnAServerThatHangs_doesNotDelayItsRecovery() throws Exception {
    cluster.primary().freeze();
    try (Statement statement = connection.createStatement()) {
      BackgroundCall read =
          BackgroundCall.start(() -> statement.execute("select count(*) from entry"))
              .awaitWaiting();
      BackgroundCall.start(statement::cancel).awaitEndOr(Duration.ofMillis(500));
      cluster.promoteStandby();

      read.endsWithin(SOON)
          .ifPresent(failure -> assertThat(failure.getSQLState()).isEqualTo("57014"));
    }
  }

  /** How another thread gives a connection up. */
  enum End {
    CLOSE {
      @Override
      void of(Connection connection, BackgroundCall call) throws SQLException {
        connection.close();
      }
    },
    ABORT {
      /** The executor returns a while after the call has noticed. */
      @Override
      void of(Connection connection, BackgroundCall call) throws SQLException {
        connection.abort(
            task -> {
              task.run();
              call.awaitEndOr(Duration.ofMillis(300));
            });
      }
    };

    abstract void of(Connection connection, BackgroundCall call) throws SQLException;
  }

  private void assertFrees(End end, BackgroundCall call) throws Exception {
    call.awaitWaiting();
    BackgroundCall ending = BackgroundCall.start(() -> end.of(connection, call));

    call.failsWithin(AT_ONCE);

    assertThat(ending.endsWithin(AT_ONCE)).isEmpty();
    assertThat(connection.isClosed()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void connectionGivenUp_onAServerThatHangs_freesItsCallAtOnce(End end) throws Exception {
    try (Connection neighbour = connect(LONG)) {
      assertThat(neighbour.isClosed()).isFalse();
      hangAll();

      assertFrees(end, BackgroundCall.start(() -> ask("select count(*) from entry")));
    }
  }

  @ParameterizedTest
  @EnumSource
  void connectionGivenUp_whileNoServerAnswers_freesItsCallAtOnce(End end) throws Exception {
    begin(false);
    try (Connection neighbour = connect(LONG)) {
      assertThat(neighbour.isClosed()).isFalse();
      cutAll();

      assertFrees(end, BackgroundCall.start(() -> insert(2)));
    }
    assertThat(rows()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void connectionGivenUp_inAReplay_freesItsCallAtOnce(End end) throws Exception {
    try (Connection neighbour = connect(LONG)) {
      assertThat(neighbour.isClosed()).isFalse();

      replayThatWaits(0, (call, statement) -> assertFrees(end, call));
    }
    assertThat(rows()).isEqualTo("10");
  }
}

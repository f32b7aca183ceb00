package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.NoServerException;
import io.baton.SessionLostException;
import io.baton.testkit.PostgresCluster;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** A session whose connection is lost while it does nothing but listen goes on listening. */
@Tag("campaign")
class ListenerTest extends ContractFixture {

  private static final Duration SOON = Duration.ofSeconds(20);

  private final List<String> heard = new CopyOnWriteArrayList<>();

  ListenerTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "?baton.failoverTimeout=20s");
  }

  @BeforeEach
  void listen() throws SQLException {
    execute("listen news");
  }

  private PGConnection listener() throws SQLException {
    return connection.unwrap(PGConnection.class);
  }

  private void hear(PGNotification[] arrived) {
    Arrays.stream(arrived).map(PGNotification::getParameter).forEach(heard::add);
  }

  private BackgroundCall waiting(int millis) {
    return BackgroundCall.start(() -> hear(listener().getNotifications(millis))).awaitWaiting();
  }

  /** Sends until the call has ended: what is sent before the session listens again is lost. */
  private void notifyUntilEndOf(BackgroundCall call) throws Exception {
    Awaitility.await()
        .atMost(SOON)
        .until(
            () -> {
              direct("notify news, 'after'");
              return call.hasEnded();
            });
    assertThat(call.endsWithin(AT_ONCE)).isEmpty();
    assertThat(heard).isNotEmpty().containsOnly("after");
  }

  private void terminate() {
    assertThat(cluster.primary().terminateBackends()).isPositive();
  }

  /** The warnings on the connection, which are gone then. */
  private List<SQLWarning> warnings() throws SQLException {
    List<SQLWarning> found = new CopyOnWriteArrayList<>();
    for (SQLWarning next = connection.getWarnings(); next != null; next = next.getNextWarning()) {
      found.add(next);
    }
    connection.clearWarnings();
    return found;
  }

  private void isWarnedOnce() throws SQLException {
    assertThat(warnings())
        .singleElement()
        .satisfies(
            warning -> {
              assertThat(warning.getSQLState()).isEqualTo("01000");
              assertThat(warning.getMessage()).contains("may have been missed");
            });
    assertThat(ask("select pg_listening_channels()")).isEqualTo("news");
    assertThat(warnings()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 30_000})
  void backend_terminatedDuringTheWait_isReplacedWithinIt(int millis) throws Exception {
    BackgroundCall call = waiting(millis);

    terminate();

    notifyUntilEndOf(call);
    isWarnedOnce();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 30_000})
  void connection_thatBreaksWithoutAWordDuringTheWait_isReplacedWithinIt(int millis)
      throws Exception {
    BackgroundCall call = waiting(millis);

    cluster.primary().proxy().resetConnections();

    notifyUntilEndOf(call);
    isWarnedOnce();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 60_000})
  void server_thatCrashesDuringTheWait_isReplacedWithinIt(int millis) throws Exception {
    BackgroundCall call = waiting(millis);

    cluster.failover();

    notifyUntilEndOf(call);
    isWarnedOnce();
  }

  @Test
  void backend_terminatedAgainAndAgain_isReplacedEachTime() throws Exception {
    BackgroundCall call = waiting(0);

    for (int i = 0; i < 3; i++) {
      terminate();
      call.awaitWaiting();
    }

    notifyUntilEndOf(call);
  }

  @Test
  void wait_thatHearsNothing_endsInTimeOnTheNewServer() throws Exception {
    long began = System.nanoTime();
    BackgroundCall call = waiting(4_000);
    terminate();

    assertThat(call.endsWithin(SOON)).isEmpty();

    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .isBetween(Duration.ofMillis(3_900), Duration.ofSeconds(8));
    assertThat(heard).isEmpty();
    direct("notify news, 'next'");
    assertThat(listener().getNotifications(10_000)).hasSize(1);
    isWarnedOnce();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 30_000})
  void backend_terminatedAheadOfTheWait_isReplaced(int millis) throws Exception {
    terminate();

    BackgroundCall call = BackgroundCall.start(() -> hear(listener().getNotifications(millis)));

    notifyUntilEndOf(call);
    isWarnedOnce();
  }

  /** How the connection of a session that only polls may end. */
  enum End {
    TERMINATED,
    RESET,
    CRASHED
  }

  @ParameterizedTest
  @EnumSource
  void poll_ofAConnectionThatIsGone_findsItOutAndHearsAgain(End end) throws Exception {
    assertThat(listener().getNotifications()).isEmpty();
    switch (end) {
      case TERMINATED -> terminate();
      case RESET -> cluster.primary().proxy().resetConnections();
      case CRASHED -> cluster.failover();
    }

    Awaitility.await()
        .atMost(SOON)
        .until(
            () -> {
              direct("notify news, 'after'");
              hear(listener().getNotifications());
              return !heard.isEmpty();
            });

    isWarnedOnce();
  }

  /** Each wait is shorter than what it takes to log in. */
  @Test
  void shortWaits_duringAFailover_hearAgain() throws Exception {
    BackgroundCall calls =
        BackgroundCall.start(
            () -> {
              while (heard.isEmpty()) {
                hear(listener().getNotifications(5));
              }
            });
    cluster.failover();

    notifyUntilEndOf(calls);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 30_000})
  void session_thatCannotBeRestored_isLostAndClosed(int millis) throws Exception {
    direct("create table if not exists gone (id int)");
    execute("prepare p as select * from gone");
    direct("drop table gone");
    BackgroundCall call = waiting(millis);
    terminate();

    assertThat((Throwable) call.failsWithin(SOON)).isInstanceOf(SessionLostException.class);

    assertThat(connection.isClosed()).isTrue();
    assertThat(stateOf(() -> listener().getNotifications(10))).isEqualTo("08003");
  }

  @Test
  void sessionThatIsNotToBeRestored_endsWithTheServersWord() throws Exception {
    reconnect("?baton.replay=none");
    execute("listen news");
    BackgroundCall call = waiting(30_000);
    terminate();

    assertThat(call.failsWithin(SOON).getSQLState()).isEqualTo("57P01");

    assertThat(connection.isClosed()).isTrue();
  }

  @Test
  void wait_whileThereIsNoServer_endsAndTheNextHearsAgain() throws Exception {
    reconnect("?baton.failoverTimeout=2s");
    execute("listen news");
    BackgroundCall call = waiting(0);
    cutAll();

    assertThat((Throwable) call.failsWithin(SOON)).isInstanceOf(NoServerException.class);
    long began = System.nanoTime();
    assertThat(listener().getNotifications(100)).isEmpty();
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(2));

    restore();
    BackgroundCall next = BackgroundCall.start(() -> hear(listener().getNotifications(30_000)));
    notifyUntilEndOf(next);
    isWarnedOnce();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void wait_isFreedByCloseFromAnotherThread(boolean aborts) throws Exception {
    for (int millis : new int[] {0, 30_000}) {
      BackgroundCall call = waiting(millis);
      end(aborts);
      assertThat(call.failsWithin(AT_ONCE).getSQLState()).startsWith("08");
      assertThat(connection.isClosed()).isTrue();
      reconnect("");
      execute("listen news");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void wait_thatIsBeingRestored_isFreedByCloseFromAnotherThread(boolean aborts) throws Exception {
    for (int millis : new int[] {0, 30_000}) {
      BackgroundCall call = waiting(millis);
      cutAll();
      call.awaitWaiting();
      end(aborts);
      assertThat(call.failsWithin(AT_ONCE).getSQLState()).startsWith("08");
      restore();
      reconnect("");
      execute("listen news");
    }
  }

  private void end(boolean aborts) throws SQLException {
    if (aborts) {
      connection.abort(Runnable::run);
    } else {
      connection.close();
    }
  }

  @Test
  void transaction_hearsNothingUntilItsEnd_asWithTheDriver() throws Exception {
    connection.setAutoCommit(false);
    insert(1);
    direct("notify news, 'within'");

    assertThat(listener().getNotifications(100)).isEmpty();
    assertThat(listener().getNotifications()).isEmpty();
    connection.commit();

    hear(listener().getNotifications(10_000));
    assertThat(heard).containsExactly("within");
    assertThat(warnings()).isEmpty();
  }
}

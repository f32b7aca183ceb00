package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.PGStatement;

/**
 * The prepare threshold belongs to the application: what Baton needs for its own questions, or for
 * those of the driver, is not seen by a thread that uses the connection meanwhile.
 */
class ThresholdOfOtherThreadsTest extends ContractFixture {

  private static final Duration SOON = Duration.ofSeconds(10);

  ThresholdOfOtherThreadsTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  /** What is done while a question about the catalogue is under way. */
  @FunctionalInterface
  private interface Meanwhile {
    void on(PGConnection connection) throws SQLException;
  }

  private void whileTablesAreAsked(Meanwhile work) throws Exception {
    try (Connection other = cluster.primary().connectAsSuperuser();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("lock table pg_catalog.pg_description in access exclusive mode");
      BackgroundCall asking =
          BackgroundCall.start(() -> connection.getMetaData().getTables(null, null, "%", null))
              .awaitWaiting();
      work.on(connection.unwrap(PGConnection.class));
      assertThat(asking.hasEnded()).isFalse();
      other.rollback();
      assertThat(asking.endsWithin(SOON)).isEmpty();
    }
  }

  @Test
  void statementThatIsMadeMeanwhile_isPreparedOnTheServer() throws Exception {
    reconnect("?prepareThreshold=2");
    ask("select 1");
    PreparedStatement[] made = new PreparedStatement[1];
    whileTablesAreAsked(own -> made[0] = connection.prepareStatement("select 42"));
    assertThat(made[0].unwrap(PGStatement.class).getPrepareThreshold()).isEqualTo(2);
    for (int i = 0; i < 3; i++) {
      made[0].executeQuery().close();
    }

    assertThat(ask("select count(*) from pg_prepared_statements where statement = 'select 42'"))
        .isEqualTo("1");
  }

  @Test
  void statementOfForcedBinary_thatIsMadeMeanwhile_isOne() throws Exception {
    reconnect("?prepareThreshold=-1");
    ask("select 1");
    int before = thresholdOfNewStatement();
    int[] made = new int[1];
    whileTablesAreAsked(own -> made[0] = thresholdOfNewStatement());

    assertThat(made[0]).isEqualTo(before);
  }

  private int thresholdOfNewStatement() throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("select 42")) {
      return statement.unwrap(PGStatement.class).getPrepareThreshold();
    }
  }

  @Test
  void thresholdThatIsSetMeanwhile_isKept() throws Exception {
    reconnect("?prepareThreshold=2");
    ask("select 1");
    PGConnection own = connection.unwrap(PGConnection.class);
    whileTablesAreAsked(
        meanwhile -> {
          assertThat(meanwhile.getPrepareThreshold()).isEqualTo(2);
          meanwhile.setPrepareThreshold(9);
          assertThat(meanwhile.getPrepareThreshold()).isEqualTo(9);
          assertThat(thresholdOfNewStatement()).isEqualTo(9);
        });

    assertThat(own.getPrepareThreshold()).isEqualTo(9);
    assertThat(thresholdOfNewStatement()).isEqualTo(9);
    cluster.primary().proxy().resetConnections();
    ask("select 1");
    assertThat(own.getPrepareThreshold()).isEqualTo(9);
  }

  @Test
  void thresholdThatIsSetWhileThereIsNoServer_isKept() throws Exception {
    reconnect("?prepareThreshold=2");
    ask("select 1");
    PGConnection own = connection.unwrap(PGConnection.class);
    cutAll();
    BackgroundCall waiting = BackgroundCall.start(() -> ask("select 2")).awaitWaiting();
    thresholdOfNewStatement();
    own.setPrepareThreshold(9);
    assertThat(thresholdOfNewStatement()).isEqualTo(9);
    restore();
    assertThat(waiting.endsWithin(SOON)).isEmpty();

    assertThat(own.getPrepareThreshold()).isEqualTo(9);
  }
}

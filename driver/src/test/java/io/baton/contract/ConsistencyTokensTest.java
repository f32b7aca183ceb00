package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.baton.BatonConnection;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import java.sql.Connection;
import java.sql.SQLException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens that come from elsewhere: what is believed, and whom it concerns. */
class ConsistencyTokensTest extends ContractFixture {

  private static final String OPTIONS = "?baton.reads=auto&baton.consistencyWait=10s";
  private static final String WHERE =
      "select current_setting('in_hot_standby'), count(*) from entry";

  ConsistencyTokensTest(PostgresCluster cluster) throws SQLException {
    super(cluster, OPTIONS);
  }

  private BatonConnection baton() throws SQLException {
    return connection.unwrap(BatonConnection.class);
  }

  private SQLException refusal(String token) {
    SQLException refused =
        catchThrowableOfType(SQLException.class, () -> baton().requireConsistency(token));
    assertThat((Throwable) refused).as("the refusal of %s", token).isNotNull();
    assertThat(refused.getSQLState()).isEqualTo("22023");
    return refused;
  }

  private void awaitReadsOnTheStandby(Connection of) {
    Awaitility.await().until(() -> ask(of, WHERE).equals("on"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "12", "99999@FFFFFFFF/FFFFFFFF", "1@0/1", "x/1@0/1"})
  void token_thatIsMalformed_isRefused(String token) {
    assertThat((Throwable) refusal(token)).hasMessageContaining("is no consistency token");
  }

  @ParameterizedTest
  @ValueSource(strings = {"99999@FFFFFFFF/FFFFFFFF", "1@FFFFFFFF/FFFFFFFF", "99999@0/1"})
  void token_beyondWhatTheClusterHasWritten_isRefused_andPoisonsNothing(String position)
      throws SQLException {
    insert(1);
    String own = baton().consistencyToken();
    String identifier = own.substring(0, own.indexOf('/'));

    assertThat((Throwable) refusal(identifier + "/" + position))
        .hasMessageContaining("more than its cluster has");

    awaitReadsOnTheStandby(connection);
    try (Connection other = connect(OPTIONS)) {
      awaitReadsOnTheStandby(other);
    }
  }

  @Test
  void token_ofAnotherCluster_isRefused_alsoInATransaction() throws SQLException {
    assertThat((Throwable) refusal("77/1@0/1")).hasMessageContaining("of another cluster");
    connection.setAutoCommit(false);
    insert(2);
    assertThat((Throwable) refusal("77/1@0/1")).hasMessageContaining("of another cluster");
    connection.rollback();
  }

  @Test
  void token_ofThePast_isTakenInATransaction_andOneThatMayNotBe_isNot() throws SQLException {
    insert(3);
    String token = baton().consistencyToken();
    connection.setAutoCommit(false);
    insert(4);

    baton().requireConsistency(token);
    String future = token.substring(0, token.indexOf('@')) + "@FFFFFFFF/0";
    assertThat(stateOf(() -> baton().requireConsistency(future))).isEqualTo("25001");

    connection.rollback();
  }

  @Test
  void token_concernsItsSessionAlone() throws SQLException {
    try (Connection other = connect(OPTIONS)) {
      awaitReadsOnTheStandby(connection);
      awaitReadsOnTheStandby(other);
      cluster.standbys().forEach(PostgresNode::pauseReplay);
      direct("insert into entry values (5)");
      String token;
      try (Connection elsewhere = connect("?baton.consistency=session")) {
        token = elsewhere.unwrap(BatonConnection.class).consistencyToken();
      }

      baton().requireConsistency(token);

      assertThat(ask(WHERE)).isEqualTo("off");
      assertThat(ask(other, WHERE)).isEqualTo("on");
    } finally {
      cluster.standbys().forEach(PostgresNode::resumeReplay);
    }
    awaitReadsOnTheStandby(connection);
    assertThat(ask("select count(*) from entry where id = 5")).isEqualTo("1");
  }
}

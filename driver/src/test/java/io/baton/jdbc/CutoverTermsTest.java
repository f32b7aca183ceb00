package io.baton.jdbc;

import static io.baton.jdbc.ReplicatedClusters.superuser;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.baton.BatonCutover;
import io.baton.CutoverResult;
import io.baton.testkit.PostgresVersion;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * An application says what cut overs it takes part in: {@code baton.successor}, {@code
 * baton.cutoverPause}.
 */
@Tag("campaign")
class CutoverTermsTest {

  private final ReplicatedClusters clusters = new ReplicatedClusters(PostgresVersion.of(15));

  CutoverTermsTest() throws SQLException {}

  @AfterEach
  void close() throws SQLException {
    clusters.close();
  }

  private CutoverResult cutOver() throws SQLException {
    return BatonCutover.to(clusters.successor().hosts())
        .joinTime(Duration.ofMillis(1500))
        .prepareTime(Duration.ofSeconds(60))
        .drainTime(Duration.ofSeconds(60))
        .pause(Duration.ofSeconds(20))
        .run(superuser(clusters.old()), superuser(clusters.successor()), stage -> {});
  }

  private static void add(Connection connection) throws SQLException {
    Sql.execute(connection, "insert into entry (what) values ('x')");
  }

  @Test
  void cutOver_thatAnApplicationDoesNotAccept_isTakenBackForAll() throws Exception {
    try (Connection any = clusters.connect("baton.cutoverPause=60s");
        Connection strict =
            clusters.connect("baton.cutoverPause=60s&baton.successor=elsewhere:5432")) {
      add(any);
      add(strict);

      CutoverResult refused = cutOver();

      assertThat(refused.opened()).isFalse();
      assertThat(refused.reason())
          .contains(clusters.successor().hosts())
          .endsWith("baton.successor of a program that takes part names [elsewhere:5432]");
      add(any);
      add(strict);
    }
    try (Connection hasty =
            clusters.connect(
                "baton.cutoverPause=300ms&baton.successor=" + clusters.successor().hosts());
        Connection other =
            clusters.connect(
                "baton.cutoverPause=300ms&baton.successor=" + clusters.successor().hosts())) {
      Sql.execute(hasty, "create temp table held (what text)"); // So it is not replayed.
      hasty.setAutoCommit(false);
      add(hasty);
      add(other);

      CutoverResult refused = cutOver();

      assertThat(refused.opened()).isFalse();
      assertThat(refused.reason())
          .contains("held back for longer than baton.cutoverPause, 300 ms, when it was gated")
          .contains("a transaction that cannot be replayed");
      add(other);
      hasty.commit();
    }
    assertThat(ReplicatedClusters.ask(clusters.old(), "select count(*)::text from entry"))
        .isEqualTo("7");
    assertThat(ReplicatedClusters.ask(clusters.old(), "show default_transaction_read_only"))
        .isEqualTo("off");
  }

  @Test
  void program_startedWhenTheOldServersAreGone_goesWhereItIsProvedToBelong() throws Exception {
    String successor = "baton.successor=" + clusters.successor().hosts();
    try (Connection running = clusters.connect("baton.cutoverPause=60s&" + successor)) {
      add(running);
      assertThat(cutOver().opened()).isTrue();
      add(running);
      clusters.old().primary().crash();
      add(running);
      try (Connection later = clusters.connect(successor)) {
        add(later);
        assertThat(Sql.ask(later, "show server_version_num")).startsWith("18");
      }
    }
    assertThat(ReplicatedClusters.ask(clusters.successor(), "select count(*)::text from entry"))
        .isEqualTo("4");
    assertThatThrownBy(() -> clusters.connect("loginTimeout=20"))
        .hasMessageStartingWith("No server answers at")
        .extracting(failure -> ((SQLException) failure).getSQLState())
        .isEqualTo("08001");
    try (Connection owner = superuser(clusters.successor()).getConnection()) {
      Sql.execute(
          owner,
          "insert into baton.cutover_opened (id, predecessor, identifier)"
              + " select gen_random_uuid(), 1, identifier from baton.cutover_opened");
    }
    assertThatThrownBy(() -> clusters.connect("baton.heartbeat=900ms&" + successor))
        .hasMessageContaining("Nor is it proved that baton.successor has taken their place")
        .hasMessageContaining("cut overs from several clusters have opened");
    try (Connection owner = superuser(clusters.successor()).getConnection()) {
      Sql.execute(owner, "delete from baton.cutover_opened");
    }
    assertThatThrownBy(() -> clusters.connect("baton.heartbeat=800ms&" + successor))
        .hasMessageContaining("no cut over to this database has opened");
  }
}

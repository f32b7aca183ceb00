package io.baton.jdbc;

import static io.baton.jdbc.ReplicatedClusters.superuser;
import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonCutover;
import io.baton.CutoverResult;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresVersion;
import io.baton.testkit.TestLength;
import io.github.resilience4j.ratelimiter.RateLimiter;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Applications as they are move to another version under load: pools, Hibernate with sequences and
 * with identities, and sessions that hold all that a session can hold. No error; each operation is
 * in the new database once, and none in the old one after the fence.
 *
 * <p>{@code -Dbaton.test.cutover.pool=100} is its long form.
 */
@Tag("campaign")
class CutoverLoadTest {

  private static final int POOL = TestLength.of("baton.test.cutover.pool", 8, 100);

  /** Of each application: what the new database keeps up with beside them on two cores. */
  private static final int TRANSFERS_PER_SECOND = 150;

  private static final int FROM = TestLength.of("baton.test.cutover.from", 15, 14);
  private static final List<String> SCHEMAS = List.of("plain", "sequences", "identities");
  private static final String URL_OPTIONS = "?baton.heartbeat=500ms&baton.cutoverPause=30s";

  private final ReplicatedClusters clusters = start();

  CutoverLoadTest() throws SQLException {}

  private static ReplicatedClusters start() throws SQLException {
    String entry =
        "create table entry (id bigint generated always as identity primary key, what text)";
    return ReplicatedClusters.start(
        PostgresVersion.of(FROM), everywhere(Transfers.TABLES) + entry, everywhere(Transfers.ROWS));
  }

  /** The same in each schema, one for each application. */
  private static String everywhere(String sql) {
    return SCHEMAS.stream()
            .map(
                schema ->
                    "create schema if not exists %1$s; set search_path = %1$s; %2$s; "
                        .formatted(schema, sql))
            .collect(Collectors.joining())
        + "reset search_path; ";
  }

  private String url(String schema) {
    return clusters.old().jdbcUrl("jdbc:baton:postgresql:")
        + URL_OPTIONS
        + "&currentSchema="
        + schema;
  }

  private static RateLimiter pace() {
    return Pace.perSecond(TRANSFERS_PER_SECOND);
  }

  @Test
  void applicationsUnderLoad_goOnAtTheNewVersion_withoutAnError() throws Exception {
    try (clusters) {
      for (PostgresCluster cluster : List.of(clusters.old(), clusters.successor())) {
        try (Connection owner = superuser(cluster).getConnection()) {
          Sql.execute(
              owner,
              "create role clerk; grant clerk to %s; grant insert on entry to clerk"
                  .formatted(clusters.old().user()));
        }
      }
      String user = clusters.old().user();
      String password = clusters.old().password();
      List<Transfers> all =
          List.of(
              new Transfers(new PooledBank(url("plain"), user, password, POOL), 1, POOL, pace()),
              new Transfers(
                  new HibernateBank(
                      url("sequences"), user, password, HibernateBank.SequenceOperation::new),
                  2,
                  Transfers.WORKERS,
                  pace()),
              new Transfers(
                  new HibernateBank(
                      url("identities"), user, password, HibernateBank.IdentityOperation::new),
                  3,
                  Transfers.WORKERS,
                  pace()));
      all.forEach(Transfers::start);
      BusySessions busy = BusySessions.begin(clusters::connect);
      for (Transfers transfers : all) {
        transfers.awaitProgress("begun", 60);
      }

      List<Set<String>> whenOpened = new ArrayList<>();
      CutoverResult result =
          BatonCutover.to(clusters.successor().hosts())
              .joinTime(Duration.ofMillis(1500))
              .prepareTime(Duration.ofMinutes(3)) // A hundred threads leave it little of two cores.
              .drainTime(Duration.ofSeconds(10))
              .pause(Duration.ofSeconds(20))
              .run(
                  superuser(clusters.old()),
                  superuser(clusters.successor()),
                  stage -> {
                    if (stage.equals("opened")) {
                      whenOpened.add(operations(clusters.old()));
                    }
                  });
      assertThat(result.opened()).as(result.reason()).isTrue();
      assertThat(result.members()).as("two heartbeats, so two clusters").isEqualTo(2);
      System.out.printf(
          "Cut over of a pool of %d, two of Hibernate and %d busy sessions from PostgreSQL %d:"
              + " new transactions waited for %d ms, of which the old database refused writes for"
              + " %d ms%n",
          POOL,
          clusters.opened().size(),
          FROM,
          result.pause().toMillis(),
          result.fenced().toMillis());

      for (Transfers transfers : all) {
        transfers.awaitProgress("opened", 60);
      }
      int rounds = busy.rounds();
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> busy.rounds() > rounds + 2 || !busy.errors().isEmpty());
      busy.end();
      for (Transfers transfers : all) {
        transfers.end();
        assertThat(transfers.errors()).isEmpty();
      }
      assertThat(busy.errors()).isEmpty();

      try (Connection direct = superuser(clusters.successor()).getConnection()) {
        for (int i = 0; i < SCHEMAS.size(); i++) {
          Sql.execute(direct, "set search_path = " + SCHEMAS.get(i));
          all.get(i).check(direct);
        }
      }
      assertThat(column(clusters.successor(), "select what from entry order by what collate \"C\""))
          .isEqualTo(busy.done().stream().sorted().toList());
      assertThat(operations(clusters.old()).equals(whenOpened.get(0))).as("unchanged").isTrue();
      // One call for all: there are tens of thousands.
      assertThat(operations(clusters.successor()).containsAll(whenOpened.get(0))).isTrue();
    }
  }

  /** All that the applications did, as one of both databases has it. */
  private static Set<String> operations(PostgresCluster cluster) {
    try {
      return new HashSet<>(
          column(
              cluster,
              Stream.concat(
                      SCHEMAS.stream()
                          .map(
                              schema ->
                                  "select '%1$s ' || number || ' ' || id from %1$s.operation"
                                      .formatted(schema)),
                      Stream.of("select what || ' ' || id from entry"))
                  .collect(Collectors.joining(" union all "))));
    } catch (SQLException failure) {
      throw new AssertionError(failure);
    }
  }

  private static List<String> column(PostgresCluster cluster, String sql) throws SQLException {
    List<String> values = new ArrayList<>();
    try (Connection direct = superuser(cluster).getConnection();
        Statement statement = direct.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        values.add(rows.getString(1));
      }
    }
    return values;
  }
}

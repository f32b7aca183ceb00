package io.baton.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.Clusters;
import io.baton.jdbc.PatroniNodes.Node;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Instant;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Three nodes under a real Patroni with etcd; the leader is changed by Patroni's own interface, and
 * killed, under load.
 *
 * <p>It runs where {@code BATON_PATRONI} is set or with {@code -Ppatroni}, for Patroni has to be
 * installed; CI does so. {@code -Dbaton.test.switchovers=10 -Dbaton.test.crashes=5} is the long
 * form.
 */
@Tag("patroni")
class PatroniTest {

  private static final int SWITCHOVERS = Integer.getInteger("baton.test.switchovers", 2);
  private static final int CRASHES = Integer.getInteger("baton.test.crashes", 1);
  private static final long SEED = Long.getLong("baton.test.seed", System.nanoTime());

  private static PatroniNodes patroni;

  @BeforeAll
  static void start() throws Exception {
    patroni = PatroniNodes.start();
  }

  @AfterAll
  static void stop() throws Exception {
    patroni.stop();
  }

  private static String url() {
    Node first = patroni.nodes().get(0);
    return "jdbc:baton:postgresql://%s/app?baton.topology=patroni&baton.patroniUrls=%s&baton.heartbeat=200ms"
        .formatted(first.endpoint(), first.rest());
  }

  @Test
  void oneAddress_isEnoughToKnowAllNodes() throws Exception {
    Properties user = new Properties();
    user.setProperty("user", "app");
    user.setProperty("password", "app");
    try (Connection connection = DriverManager.getConnection(url(), user)) {
      Awaitility.await()
          .untilAsserted(
              () ->
                  assertThat(Clusters.of(connection).endpoints())
                      .containsExactlyInAnyOrderElementsOf(
                          patroni.nodes().stream().map(Node::endpoint).toList()));
      assertThat(connection.unwrap(io.baton.BatonConnection.class).currentEndpoint())
          .isEqualTo(patroni.leader().endpoint());
    }
  }

  @Test
  void transfers_throughSwitchoversAndCrashesOfTheLeader_loseNothing() throws Exception {
    try (Connection direct = PatroniNodes.connect(patroni.leader())) {
      Transfers.prepare(direct);
    }
    Transfers transfers = new Transfers(new PooledBank(url(), "app", "app"), SEED);
    transfers.start();
    int crashes = 0;
    for (int change = 1; change <= SWITCHOVERS + CRASHES; change++) {
      awaitWhole();
      if (crashes * SWITCHOVERS < CRASHES * (change - crashes)) {
        crashes++;
        Node killed = patroni.crashLeader();
        transfers.awaitProgress(change + ". crash of " + killed, 60);
        patroni.revive(killed);
      } else {
        patroni.switchOver();
        transfers.awaitProgress(change + ". switchover", 60);
      }
    }
    transfers.end();
    awaitWhole();
    try (Connection direct = PatroniNodes.connect(patroni.leader())) {
      transfers.check(direct);
    }
    // A switchover ends backends one by one: a transaction that waited for another one's lock may
    // go on and commit in between, and then the other cannot be replayed, in truth.
    assertThat(transfers.errors())
        .as("errors, seed " + SEED)
        .hasSizeLessThanOrEqualTo(SWITCHOVERS)
        .allMatch(error -> error.contains("It was replayed, but its statement"));
  }

  @Test
  void scheduledSwitchovers_underLoad_areNotNoticed() throws Exception {
    UnlockedLoad load = new UnlockedLoad(() -> DriverManager.getConnection(url(), "app", "app"));
    try (Connection direct = PatroniNodes.connect(patroni.leader())) {
      load.prepare(direct);
    }
    load.start();
    try {
      for (int change = 1; change <= SWITCHOVERS; change++) {
        awaitWhole();
        Node next = patroni.scheduleSwitchOver(Instant.now().plusSeconds(8));
        Awaitility.await("the switchover")
            .atMost(60, TimeUnit.SECONDS)
            .ignoreExceptions() // There may be no leader for a moment.
            .until(() -> patroni.leader().equals(next));
        load.awaitProgress();
        System.out.println("Scheduled switchover " + change + ": " + load.pauses());
      }
    } finally {
      load.end();
    }
    assertThat(load.errors()).isEmpty();
    awaitWhole();
    try (Connection direct = PatroniNodes.connect(patroni.leader())) {
      load.check(direct);
    }
  }

  private static void awaitWhole() {
    Awaitility.await("leader, synchronous standby and another node")
        .atMost(90, TimeUnit.SECONDS)
        .until(patroni::isWhole);
  }
}

package io.baton.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.TestLength;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Eight workers transfer money through a pool, in transactions whose reads they check, while
 * servers fail by chance. The application must not notice: no error, nothing lost, nothing twice,
 * the sum right.
 *
 * <p>{@code -Dbaton.test.failovers=200} makes it longer, {@code -Dbaton.test.seed=...} repeats one.
 */
@PostgresTest(standbys = 2, synchronous = true)
class CampaignTest {

  private static final int FAILOVERS = TestLength.of("baton.test.failovers", 4, 8);
  private static final int HIBERNATE_FAILOVERS = Math.max(1, FAILOVERS / 6);
  private static final long SEED = Long.getLong("baton.test.seed", System.nanoTime());

  private final PostgresCluster cluster;
  private final Random random = new Random(SEED);

  CampaignTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  @Test
  @Tag("campaign")
  void transfers_throughFaultsThatEndAllBackendsAtOnce_noticeNothing() throws Exception {
    Transfers transfers = campaign(ServerFault.all(true), FAILOVERS);

    assertThat(transfers.errors()).as("errors, seed " + SEED).isEmpty();
  }

  @Test
  void transfers_throughFaultsThatEndBackendsOneByOne_areAtMostToBeRunAgain() throws Exception {
    Transfers transfers = campaign(ServerFault.all(false), FAILOVERS / 2);

    assertThat(transfers.errors())
        .as("errors, seed " + SEED)
        .hasSizeLessThanOrEqualTo(FAILOVERS / 2)
        .allMatch(error -> error.contains("It was replayed, but its statement"));
  }

  /**
   * How many of some thousand operations: at each failover, few of the eight that are under way.
   * With a busy machine, fewer COMMITs come ahead of it by which keys are proved.
   */
  private static final int RARELY = 2 * HIBERNATE_FAILOVERS;

  /**
   * Where an operation under way drew a key, the replay keeps it if it is proved its own; which it
   * mostly is: see {@link io.baton.failover.keys.KeyInquiry}.
   */
  @Test
  void transfersByHibernate_withPooledSequences_areRarelyToBeRunAgain() throws Exception {
    Transfers transfers = byHibernate(HibernateBank.SequenceOperation::new);

    assertThat(transfers.errors())
        .as("errors, seed " + SEED)
        .hasSizeLessThanOrEqualTo(RARELY)
        .allMatch(error -> error.contains("but its statement 3 of") && error.contains("(SELECT)"));
  }

  @Test
  void transfersByHibernate_withIdentities_areRarelyToBeRunAgain() throws Exception {
    Transfers transfers = byHibernate(HibernateBank.IdentityOperation::new);

    assertThat(transfers.errors())
        .as("errors, seed " + SEED)
        .hasSizeLessThanOrEqualTo(RARELY)
        .allMatch(error -> error.contains("(INSERT) gave generated keys: other values"));
  }

  private Transfers byHibernate(Supplier<HibernateBank.Operation> operations) throws Exception {
    prepare();
    return campaign(
        new HibernateBank(url(), cluster.user(), cluster.password(), operations),
        ServerFault.all(true),
        HIBERNATE_FAILOVERS);
  }

  private String url() {
    return cluster.jdbcUrl("jdbc:baton:postgresql:") + "?baton.heartbeat=200ms";
  }

  private void prepare() throws SQLException {
    try (Connection direct = cluster.primary().connect()) {
      Transfers.prepare(direct);
    }
  }

  private Transfers campaign(List<ServerFault> faults, int failovers) throws Exception {
    prepare();
    return campaign(new PooledBank(url(), cluster.user(), cluster.password()), faults, failovers);
  }

  private Transfers campaign(Transfers.Bank bank, List<ServerFault> faults, int failovers)
      throws Exception {
    Transfers transfers = new Transfers(bank, SEED);
    transfers.start();
    for (int failover = 1; failover <= failovers; failover++) {
      ServerFault fault = faults.get(random.nextInt(faults.size()));
      fault.strike(cluster);
      transfers.awaitProgress(failover + ". " + fault, 60);
      cluster.repair();
    }
    transfers.end();
    try (Connection direct = cluster.primary().connect()) {
      transfers.check(direct);
    }
    return transfers;
  }
}

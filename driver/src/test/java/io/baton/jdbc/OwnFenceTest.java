package io.baton.jdbc;

import static io.baton.jdbc.ReplicatedClusters.ask;
import static io.baton.jdbc.ReplicatedClusters.superuser;
import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonCutover;
import io.baton.CutoverResult;
import io.baton.WriteFence;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresVersion;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A fence of the operator's keeps everybody from writing to the old database. */
@Tag("campaign")
class OwnFenceTest {

  private final ReplicatedClusters clusters = new ReplicatedClusters(PostgresVersion.of(15));
  private final PostgresCluster old = clusters.old();

  OwnFenceTest() throws SQLException {}

  @AfterEach
  void close() throws SQLException {
    clusters.close();
  }

  /** Sessions of the application's role that begin read only. */
  private class RoleFence implements WriteFence {
    final List<String> asked = new ArrayList<>();

    @Override
    public void close(UUID cutover, Duration limit) throws Exception {
      asked.add("close");
      assertThat(limit).isPositive();
      alter("set default_transaction_read_only = on");
    }

    @Override
    public void open(UUID cutover) throws Exception {
      asked.add("open");
      alter("reset default_transaction_read_only");
    }

    private void alter(String how) throws SQLException {
      try (Connection owner = superuser(old).getConnection()) {
        Sql.execute(owner, "alter role " + old.user() + " " + how);
      }
    }
  }

  private CutoverResult cutOver(WriteFence fence) throws SQLException {
    return BatonCutover.to(clusters.successor().hosts())
        .joinTime(Duration.ofMillis(1500))
        .pause(Duration.ofSeconds(3))
        .fence(fence)
        .run(superuser(old), superuser(clusters.successor()), stage -> {});
  }

  private void assertOpenFence() throws SQLException {
    assertThat(
            ask(
                old,
                "select count(*)::text from pg_db_role_setting"
                    + " where 'default_transaction_read_only=on' = any (setconfig)"))
        .isEqualTo("0");
  }

  @Test
  void fence_isClosedUntilItIsTakenBack_andForGoodWhereItGoesThrough() throws Exception {
    NotedTransfers transfers =
        NotedTransfers.begin(List.of(clusters.connect(), clusters.connect()));
    RoleFence failing =
        new RoleFence() {
          @Override
          public void close(UUID cutover, Duration limit) throws Exception {
            super.close(cutover, limit);
            throw new IOException("half of it is closed");
          }
        };
    CutoverResult failed = cutOver(failing);
    assertThat(failed.opened()).isFalse();
    assertThat(failed.reason())
        .contains("the fence was not closed")
        .contains("half of it is closed");
    assertThat(failing.asked).containsExactly("close", "open");
    assertOpenFence();

    RoleFence hanging =
        new RoleFence() {
          @Override
          public void close(UUID cutover, Duration limit) throws Exception {
            super.close(cutover, limit);
            new CountDownLatch(1).await();
          }
        };
    CutoverResult late = cutOver(hanging);
    assertThat(late.opened()).isFalse();
    assertThat(late.reason()).contains("the fence was not closed: it took longer than");
    assertThat(hanging.asked).containsExactly("close", "open");
    assertOpenFence();

    int before = transfers.done();
    Awaitility.await().until(() -> transfers.done() > before + 20);
    RoleFence fence = new RoleFence();
    CutoverResult result = cutOver(fence);
    assertThat(result.reason()).isEmpty();
    assertThat(fence.asked).containsExactly("close");
    int opened = transfers.done();
    Awaitility.await().until(() -> transfers.done() > opened + 20);
    transfers.end();
    assertThat(transfers.errors()).isEmpty();
    assertThat(ask(clusters.successor(), "select count(*)::text from operation"))
        .isEqualTo(String.valueOf(transfers.done()));
    assertThat(ask(old, "show default_transaction_read_only")).isEqualTo("off");
    try (Connection late2 = old.primary().connect()) {
      assertThat(Sql.ask(late2, "show default_transaction_read_only")).isEqualTo("on");
    }
  }
}

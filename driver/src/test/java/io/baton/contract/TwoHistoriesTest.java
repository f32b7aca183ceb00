package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.OutcomeUnknownException;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.FaultProxy;
import io.baton.testkit.proxy.Message.Backend;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Two standbys are promoted to one timeline, and an address leads first to one, then to another.
 */
@PostgresTest(standbys = 2)
class TwoHistoriesTest {

  private final PostgresCluster cluster;

  TwoHistoriesTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  @Test
  void commit_isNotSaidToBeDone_byAServerOfAnotherHistoryOnTheSameTimeline() throws Exception {
    try (Connection direct = cluster.primary().connect()) {
      execute(direct, "create table if not exists work (id int)");
      execute(direct, "truncate work");
    }
    cluster.awaitReplication();
    PostgresNode one = cluster.standbys().get(0);
    PostgresNode other = cluster.standbys().get(1);
    cluster.primary().crash();
    one.promote();
    other.promote();

    InetSocketAddress address = freeAddress();
    FaultProxy door = FaultProxy.start(address, direct(one));
    CountDownLatch ready = new CountDownLatch(1);
    try (Connection connection = connect(address)) {
      connection.setAutoCommit(false);
      execute(connection, "insert into work values (1)");
      String transaction = ContractFixture.ask(connection, "select pg_current_xact_id()");
      door.cutOn(
          FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("COMMIT"),
          () -> {
            door.cut();
            goOn(other, Long.parseLong(transaction));
            ready.countDown();
          });

      BackgroundCall commit = BackgroundCall.start(connection::commit);
      assertThat(ready.await(30, TimeUnit.SECONDS)).isTrue();
      door.close();
      try (FaultProxy elsewhere = FaultProxy.start(address, direct(other))) {
        assertThat((Throwable) commit.failsWithin(Duration.ofSeconds(30)))
            .isInstanceOf(OutcomeUnknownException.class)
            .hasMessageContaining("two servers were seen to write timeline");
        assertThat(elsewhere.acceptedConnections()).isPositive();
      }
    }
  }

  /** The other server gives the same transaction id out, commits it, and recovers from a crash. */
  private void goOn(PostgresNode other, long transaction) {
    try (Connection direct = other.connect()) {
      for (long id = 0; id < transaction + 100; ) {
        execute(direct, "create table if not exists filler (text text)");
        execute(direct, "insert into filler select repeat('x', 100) from generate_series(1, 100)");
        id = Long.parseLong(ContractFixture.ask(direct, "select pg_current_xact_id()"));
      }
    } catch (SQLException failure) {
      throw new IllegalStateException(failure);
    }
    other.crash();
    other.start();
  }

  private Connection connect(InetSocketAddress address) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:baton:postgresql://"
            + address.getHostString()
            + ":"
            + address.getPort()
            + "/"
            + cluster.database(),
        cluster.user(),
        cluster.password());
  }

  private static InetSocketAddress freeAddress() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), free.getLocalPort());
    }
  }

  private static InetSocketAddress direct(PostgresNode node) throws UnknownHostException {
    return new InetSocketAddress(InetAddress.getByName(node.directHost()), node.directPort());
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}

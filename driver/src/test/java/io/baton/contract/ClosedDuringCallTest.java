package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonLedger;
import io.baton.jdbc.UnconnectedSockets;
import io.baton.testkit.PostgresCluster;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** A connection that another thread closes as a call begins does not make the call twice. */
class ClosedDuringCallTest extends ContractFixture {

  private static final int ROUNDS = 60;
  private static final long STEP_NANOS = 20_000;

  ClosedDuringCallTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  /** Makes sockets that take their time to write, as a busy machine does. */
  public static final class SlowSockets extends UnconnectedSockets {

    @Override
    public Socket createSocket() {
      return new Socket() {
        @Override
        public OutputStream getOutputStream() throws IOException {
          return new FilterOutputStream(super.getOutputStream()) {
            @Override
            public void write(byte[] bytes, int from, int count) throws IOException {
              LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
              out.write(bytes, from, count);
            }
          };
        }
      };
    }
  }

  @Test
  void statement_isSentOnce() throws Exception {
    direct("create table if not exists counted (id int)");
    direct("truncate counted");
    try (Connection direct = cluster.primary().connect()) {
      BatonLedger.create(direct);
    }
    String options =
        "?baton.commitOutcome=ledger&preferQueryMode=simple&socketFactory="
            + SlowSockets.class.getName();
    int inserted = 0;
    for (int round = 0; round < ROUNDS; round++) {
      CyclicBarrier together = new CyclicBarrier(2);
      Connection closed = connect(options);
      try (PreparedStatement insert =
          closed.prepareStatement("insert into counted values (" + round + ")")) {
        closed.setAutoCommit(false); // With a commit there is something to do before it closes.
        try (PreparedStatement one =
            closed.prepareStatement("insert into counted values (1000 + " + round + ")")) {
          one.executeUpdate();
        }
        closed.commit();
        closed.setAutoCommit(true);
        long pause = round * STEP_NANOS;
        Thread closer =
            new Thread(
                () -> {
                  try {
                    together.await();
                    closed.close();
                  } catch (Exception failure) {
                    throw new AssertionError(failure);
                  }
                });
        closer.start();
        together.await();
        long until = System.nanoTime() + pause;
        while (System.nanoTime() < until) {
          Thread.onSpinWait();
        }
        try {
          insert.executeUpdate();
          inserted++;
        } catch (SQLException closedMeanwhile) {
          assertThat(closedMeanwhile.getSQLState()).startsWith("08");
        }
        closer.join();
      }
    }
    assertThat(ask("select count(*) - count(distinct id) from counted")).isEqualTo("0");
    assertThat(inserted).isLessThan(ROUNDS);
  }
}

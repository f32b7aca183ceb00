package io.baton.benchmarks.overhead;

import io.baton.benchmarks.harness.Contestant;
import io.baton.benchmarks.harness.Contestants;
import io.baton.benchmarks.harness.Pinning;
import io.baton.benchmarks.harness.Server;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;

/**
 * The three that are timed in turns: pgjdbc, pgjdbc once more on a connection of its own, and the
 * contestant. Not thread-safe.
 */
final class Triple implements AutoCloseable {
  /** The orders in which the three can be taken. */
  private static final int[][] ORDERS = {
    {0, 1, 2}, {2, 1, 0}, {1, 2, 0}, {0, 2, 1}, {2, 0, 1}, {1, 0, 2}
  };

  private static final long SETTLING_NANOS = 500_000_000;

  private final List<Work> works;
  private int taken;

  private Triple(List<Work> works) {
    this.works = works;
  }

  static Triple open(Operation operation, Contestant contestant, Server server)
      throws SQLException {
    ConnectionSource base = () -> Contestants.PGJDBC.connect(server);
    return new Triple(
        List.of(
            operation.open(base),
            operation.open(base),
            operation.open(() -> contestant.connect(server))));
  }

  /**
   * Repeats all three in turns for so long, on all processors, and then for a moment on those that
   * they are measured on.
   */
  void warmUp(long nanos) throws IOException, InterruptedException, SQLException {
    Pinning.spread(() -> repeat(nanos));
    repeat(SETTLING_NANOS);
  }

  private void repeat(long nanos) throws SQLException {
    int times = 1;
    long end = System.nanoTime() + nanos;
    while (System.nanoTime() < end) {
      for (Work work : works) {
        Block.measure(work, times);
      }
      times = Math.min(times * 2, 64);
    }
  }

  /** How many operations pgjdbc does in so long. */
  int timesWithin(long nanos) throws SQLException {
    Work base = works.get(0);
    int times = 1;
    while (true) {
      long took = Block.measure(base, times).nanos();
      if (took >= nanos / 2) {
        return (int) Math.max(1, Math.min(1_000_000, times * nanos / took));
      }
      times *= 2;
    }
  }

  /**
   * Measures each twice, in an order and then in its reverse, so that what changes steadily
   * meanwhile touches all alike. Each order has its turn, so that none is always behind the same
   * other.
   */
  Block[] measure(int times) throws SQLException {
    int[] order = ORDERS[taken++ % ORDERS.length];
    Block[] blocks = {new Block(0, 0, 0), new Block(0, 0, 0), new Block(0, 0, 0)};
    for (int i = 0; i < 2 * order.length; i++) {
      int who = order[i < order.length ? i : 2 * order.length - 1 - i];
      blocks[who] = blocks[who].plus(Block.measure(works.get(who), times));
    }
    return blocks;
  }

  @Override
  public void close() throws SQLException {
    for (Work work : works) {
      work.close();
    }
  }
}

package io.baton.benchmarks.overhead;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.sql.SQLException;

/**
 * What some repetitions of a work took.
 *
 * @param nanos on the clock
 * @param cpuNanos of the processor, by the calling thread
 * @param bytes allocated, by the calling thread
 */
record Block(long nanos, long cpuNanos, long bytes) {
  private static final ThreadMXBean THREADS =
      ManagementFactory.getPlatformMXBean(ThreadMXBean.class);

  static Block measure(Work work, int times) throws SQLException {
    long bytes = THREADS.getCurrentThreadAllocatedBytes();
    long cpu = THREADS.getCurrentThreadCpuTime();
    long start = System.nanoTime();
    long read = work.run(times);
    long end = System.nanoTime();
    Block block =
        new Block(
            end - start,
            THREADS.getCurrentThreadCpuTime() - cpu,
            THREADS.getCurrentThreadAllocatedBytes() - bytes);
    if (read <= 0) {
      throw new SQLException("Nothing was read or written");
    }
    return block;
  }

  Block plus(Block other) {
    return new Block(nanos + other.nanos, cpuNanos + other.cpuNanos, bytes + other.bytes);
  }
}

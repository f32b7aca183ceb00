package io.baton.benchmarks.harness;

import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;

/** The heap of this JVM. */
public final class Heap {

  private static final int COLLECTIONS = 4;

  private Heap() {}

  /** What lives on it, in bytes, once all that does not is gone. */
  public static long usedBytes() throws InterruptedException {
    long used = Long.MAX_VALUE;
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
      // For what is cleaned up by threads of its own after a collection.
      TimeUnit.MILLISECONDS.sleep(100);
      used = Math.min(used, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return used;
  }
}

package io.baton.routing.monitor;

import io.baton.routing.topology.Environment;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The background threads of one cluster, so that none is left when the cluster is closed.
 *
 * <p>Safe for use by many threads.
 */
public final class ClusterThreads implements Environment.Threads {

  private final Environment.Threads source;
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  /** Makes an empty set of threads that come from this source. */
  public ClusterThreads(Environment.Threads source) {
    this.source = source;
  }

  @Override
  public Thread create(String name, Runnable task) {
    threads.removeIf(thread -> thread.getState() == Thread.State.TERMINATED);
    Thread thread = source.create(name, task);
    threads.add(thread);
    return thread;
  }

  /**
   * Waits until all threads have ended that were told to, but for the calling one. An interruption
   * does not shorten that, and is kept for later. A thread that has not ended after half of the
   * time is interrupted; not earlier, since an interruption can hurt what a thread shares with
   * others, such as the file of a log.
   *
   * @param longest how long to wait, all in all
   * @return the threads that have not ended
   */
  public List<Thread> join(Duration longest) {
    long start = System.nanoTime();
    joinUntil(start + longest.toNanos() / 2);
    List<Thread> late = alive();
    if (!late.isEmpty()) {
      late.forEach(Thread::interrupt);
      joinUntil(start + longest.toNanos());
    }
    return alive();
  }

  private List<Thread> alive() {
    return threads.stream()
        .filter(thread -> thread.isAlive() && thread != Thread.currentThread())
        .toList();
  }

  private void joinUntil(long deadline) {
    boolean interrupted = false;
    for (Thread thread : alive()) {
      long left = deadline - System.nanoTime();
      while (left > 0 && thread.isAlive()) {
        try {
          thread.join(Math.max(1, Duration.ofNanos(left).toMillis()));
        } catch (InterruptedException again) {
          interrupted = true;
        }
        left = deadline - System.nanoTime();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

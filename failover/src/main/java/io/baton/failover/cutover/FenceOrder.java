package io.baton.failover.cutover;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes and opens a fence of the operator's own, in a thread for each, since it may hang: what is
 * not closed in time is opened, and the cut over taken back.
 *
 * <p>It is opened before the cut over is taken back for the applications, so that they find the old
 * database open. Nobody can write to the new one then, so writes of others in between are nowhere
 * twice.
 *
 * <p>Used by one thread.
 */
final class FenceOrder {

  private static final Logger LOG = LoggerFactory.getLogger(FenceOrder.class);

  /** How long it may take to open it. */
  private static final Duration OPENING = Duration.ofSeconds(30);

  private final OwnFence fence;
  private final UUID cutover;
  private boolean isClosed;

  FenceOrder(OwnFence fence, UUID cutover) {
    this.fence = fence;
    this.cutover = cutover;
  }

  /** A part of the work. */
  @FunctionalInterface
  private interface Step {
    void go() throws Exception;
  }

  /**
   * Closes it.
   *
   * @param limit for how long it may stay closed
   * @param within how long that may take
   * @throws CutoverRefusedException if it is not closed
   */
  void close(Duration limit, Duration within) throws CutoverRefusedException {
    isClosed = true; // Perhaps in part.
    String failure = failure("baton-fence-close", () -> fence.close(cutover, limit), within);
    if (!failure.isEmpty()) {
      throw new CutoverRefusedException("the fence was not closed: " + failure);
    }
  }

  /** Opens it, if it was ever to be closed. What goes wrong is for the operator to see. */
  void open() {
    if (!isClosed) {
      return;
    }
    String failure = failure("baton-fence-open", () -> fence.open(cutover), OPENING);
    if (failure.isEmpty()) {
      isClosed = false;
    } else {
      LOG.error(
          "The fence of the old database was not opened although the cut over {} is taken back:"
              + " {}. Open it by hand",
          cutover,
          failure);
    }
  }

  /** Returns why a step failed; empty if it did not. */
  private static String failure(String name, Step step, Duration within) {
    FutureTask<Void> task =
        new FutureTask<>(
            () -> {
              step.go();
              return null;
            });
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
    try {
      task.get(within.toNanos(), TimeUnit.NANOSECONDS);
      return "";
    } catch (ExecutionException failed) {
      return String.valueOf(failed.getCause());
    } catch (TimeoutException late) {
      task.cancel(true);
      return "it took longer than " + within.toMillis() + " ms";
    } catch (InterruptedException interrupted) {
      task.cancel(true);
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }
}

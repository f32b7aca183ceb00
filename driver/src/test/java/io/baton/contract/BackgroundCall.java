package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;

/** A JDBC call in a thread of its own, so that a test can act on it, and need not wait for it. */
final class BackgroundCall {

  /** What is called. */
  @FunctionalInterface
  interface Call {
    void run() throws SQLException;
  }

  private final CompletableFuture<Optional<SQLException>> end = new CompletableFuture<>();
  private final Thread thread;
  private volatile boolean interrupted;

  private BackgroundCall(Call call) {
    thread = new Thread(() -> run(call), "application");
    thread.setDaemon(true);
  }

  /** Starts a call. */
  static BackgroundCall start(Call call) {
    BackgroundCall started = new BackgroundCall(call);
    started.thread.start();
    return started;
  }

  private void run(Call call) {
    try {
      call.run();
      interrupted = Thread.interrupted();
      end.complete(Optional.empty());
    } catch (SQLException failure) {
      interrupted = Thread.interrupted();
      end.complete(Optional.of(failure));
    } catch (RuntimeException | Error unexpected) {
      end.completeExceptionally(unexpected);
    }
  }

  /** Interrupts the thread of the call. */
  void interrupt() {
    thread.interrupt();
  }

  /** Whether the thread of the call was interrupted when the call ended. */
  boolean wasInterrupted() {
    return interrupted;
  }

  /** Waits until the call has not ended for half a second: it waits for something. */
  BackgroundCall awaitWaiting() {
    Awaitility.await()
        .during(Duration.ofMillis(500))
        .atMost(Duration.ofSeconds(2))
        .until(() -> !end.isDone());
    return this;
  }

  /** Whether the call has ended. */
  boolean hasEnded() {
    return end.isDone();
  }

  /** Waits until the call has ended, and no longer than this. */
  void awaitEndOr(Duration patience) {
    end.copy()
        .completeOnTimeout(Optional.empty(), patience.toMillis(), TimeUnit.MILLISECONDS)
        .join();
  }

  /** How the call ended: the exception, or empty if it returned. Fails if it takes longer. */
  Optional<SQLException> endsWithin(Duration patience)
      throws InterruptedException, ExecutionException {
    try {
      return end.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException late) {
      throw new AssertionError("The call has not ended within " + patience, late);
    }
  }

  /** The exception with which the call ended. Fails if it returned, or takes longer. */
  SQLException failsWithin(Duration patience) throws InterruptedException, ExecutionException {
    Optional<SQLException> failure = endsWithin(patience);
    assertThat(failure).as("the end of the call").isPresent();
    return failure.orElseThrow();
  }
}

package io.baton.examples.demo;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C, or whatever else ends this JVM from outside: interrupts the main thread and gives it time
 * to clean up, since the JVM ends when its shutdown hooks have. Thread-safe.
 */
final class Interruption {
  private static final long PATIENCE_SECONDS = 15;

  private final Thread main;
  private final CountDownLatch cleanedUp = new CountDownLatch(1);
  private volatile boolean come;

  private Interruption(Thread main) {
    this.main = main;
  }

  static Interruption of(Thread main) {
    Interruption interruption = new Interruption(main);
    Runtime.getRuntime().addShutdownHook(new Thread(interruption::interrupt, "interruption"));
    return interruption;
  }

  boolean hasCome() {
    return come;
  }

  /** Called by the main thread when nothing is left to clean up. */
  void cleanedUp() {
    cleanedUp.countDown();
  }

  private void interrupt() {
    if (cleanedUp.getCount() == 0) {
      return;
    }
    come = true;
    main.interrupt();
    try {
      if (!cleanedUp.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("Still not cleaned up; the testkit's watchdog will do it.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

package io.baton.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.routing.topology.Environment;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class DeadlineGuardTest {

  private final SteppedTimer timer = new SteppedTimer();
  private final AtomicInteger aborts = new AtomicInteger();

  /** Holds what was started, until the test says that the time is over. */
  private static final class SteppedTimer implements DeadlineGuard.Timer {

    private final List<Duration> delays = new ArrayList<>();
    private Runnable task = () -> {};
    private boolean takenBack;

    @Override
    public Runnable start(Duration delay, Runnable task) {
      delays.add(delay);
      this.task = task;
      return () -> takenBack = true;
    }
  }

  private DeadlineGuard guard(Duration timeout) {
    return DeadlineGuard.abortAfter(timeout, aborts::incrementAndGet, timer);
  }

  @Test
  void guard_whenTheTimeIsOver_abortsOnce() {
    DeadlineGuard guard = guard(Duration.ofSeconds(3));
    assertThat(timer.delays).containsExactly(Duration.ofSeconds(3));
    assertThat(guard.fired()).isFalse();

    timer.task.run();
    timer.task.run();
    guard.close();

    assertThat(guard.fired()).isTrue();
    assertThat(aborts).hasValue(1);
  }

  @Test
  void guard_closedInTime_takesItsTaskBack() {
    DeadlineGuard guard = guard(Duration.ofSeconds(3));

    guard.close();

    assertThat(timer.takenBack).isTrue();
    assertThat(guard.fired()).isFalse();
  }

  @Test
  void guard_closedWhileItsTaskBegins_doesNotAbort() {
    DeadlineGuard guard = guard(Duration.ofSeconds(3));

    guard.close();
    timer.task.run();

    assertThat(guard.fired()).isFalse();
    assertThat(aborts).hasValue(0);
  }

  @Test
  void guard_whoseTimeIsOverBefore_abortsAtOnce() {
    assertThat(guard(Duration.ZERO).fired()).isTrue();
    assertThat(guard(Duration.ofMillis(-5)).fired()).isTrue();

    assertThat(aborts).hasValue(2);
    assertThat(timer.delays).isEmpty();
  }

  @Test
  void guard_whoseAbortFails_hasFired() {
    DeadlineGuard guard =
        DeadlineGuard.abortAfter(
            Duration.ofSeconds(3),
            () -> {
              throw new IllegalStateException("cannot be aborted");
            },
            timer);

    timer.task.run();

    assertThat(guard.fired()).isTrue();
  }

  @Test
  void guard_ofTheSharedThread_endsWhatBlocks() throws Exception {
    CountDownLatch blocked = new CountDownLatch(1);
    long began = System.nanoTime();
    try (DeadlineGuard guard =
        DeadlineGuard.abortAfter(Duration.ofMillis(50), blocked::countDown)) {

      assertThat(blocked.await(10, TimeUnit.SECONDS)).isTrue();

      assertThat(guard.fired()).isTrue();
      assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(50_000_000);
    }
  }

  @Test
  void guard_withoutALimit_neverFires() {
    try (DeadlineGuard guard =
        DeadlineGuard.abortAfter(Duration.ofSeconds(Long.MAX_VALUE), aborts::incrementAndGet)) {
      try (DeadlineGuard other =
          DeadlineGuard.abortAfter(Duration.ofMillis(1), aborts::incrementAndGet)) {
        Awaitility.await().until(other::fired);
      }
      assertThat(guard.fired()).isFalse();
    }
    Awaitility.await().until(() -> aborts.get() == 1);
  }

  /** A web application that used guards can be unloaded. */
  @Test
  void sharedThread_withNothingToGuard_endsAndHoldsNoClassLoader() throws Exception {
    WeakReference<ClassLoader> application = useInAnApplication();

    Awaitility.await()
        .until(
            () -> {
              System.gc();
              return application.get() == null;
            });
  }

  private WeakReference<ClassLoader> useInAnApplication() throws Exception {
    URL[] classPath = {locationOf(DeadlineGuard.class), locationOf(Environment.class)};
    try (URLClassLoader application =
        new URLClassLoader(classPath, new WithoutBaton(getClass().getClassLoader()))) {
      Runnable abort = aborts::incrementAndGet;
      AutoCloseable guard =
          (AutoCloseable)
              application
                  .loadClass(DeadlineGuard.class.getName())
                  .getMethod("abortAfter", Duration.class, Runnable.class)
                  .invoke(null, Duration.ofHours(1), abort);
      assertThat(guard.getClass().getClassLoader()).isSameAs(application);
      assertThat(Thread.getAllStackTraces().keySet())
          .filteredOn(thread -> thread.getContextClassLoader() == application)
          .extracting(Thread::getName)
          .containsExactly("baton-deadlines");
      guard.close();
      return new WeakReference<>(application);
    }
  }

  private static URL locationOf(Class<?> type) {
    return type.getProtectionDomain().getCodeSource().getLocation();
  }

  /** Shows all classes but Baton's: the loader below it defines those itself. */
  private static final class WithoutBaton extends ClassLoader {

    WithoutBaton(ClassLoader parent) {
      super(parent);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("io.baton.")) {
        throw new ClassNotFoundException(name);
      }
      return super.loadClass(name, resolve);
    }
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter("baton-deadlines"::equals)
        .toList();
  }

  @Test
  void thread_thatIsEndedWithNothingToGuard_isGoneAtOnce_andAnotherGuardStartsItAgain()
      throws InterruptedException {
    for (int round = 0; round < 50; round++) {
      DeadlineGuard.abortAfter(Duration.ofMinutes(1), () -> {}).close();
      DeadlineGuard.endThread();
      assertThat(threads()).isEmpty();
    }

    CountDownLatch fired = new CountDownLatch(1);
    DeadlineGuard.abortAfter(Duration.ofMillis(50), fired::countDown);
    DeadlineGuard.endThread();
    assertThat(fired.await(10, TimeUnit.SECONDS)).as("a guard that is armed fires").isTrue();
  }
}

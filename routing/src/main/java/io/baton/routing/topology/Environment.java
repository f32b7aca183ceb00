package io.baton.routing.topology;

import java.time.InstantSource;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * What a cluster takes from its surroundings: time, chance and threads.
 *
 * @param clock the time of day, for people
 * @param nanoTime a clock that only goes forward, for measuring
 * @param random a source of randomness for the calling thread
 * @param threads where background threads come from
 */
public record Environment(
    InstantSource clock, LongSupplier nanoTime, Supplier<RandomGenerator> random, Threads threads) {

  /** Where background threads come from. */
  @FunctionalInterface
  public interface Threads {

    /** Makes a thread that is not started yet. */
    Thread create(String name, Runnable task);
  }

  /** The same with threads from elsewhere. */
  public Environment withThreads(Threads others) {
    return new Environment(clock, nanoTime, random, others);
  }

  /** The real surroundings. */
  public static Environment system() {
    return new Environment(
        InstantSource.system(), System::nanoTime, ThreadLocalRandom::current, Environment::daemon);
  }

  /**
   * A daemon that takes neither thread locals nor the context class loader from the thread that
   * happens to open the first connection: otherwise a web application could never be unloaded.
   */
  private static Thread daemon(String name, Runnable task) {
    Thread thread = new Thread(null, task, name, 0, false);
    thread.setDaemon(true);
    thread.setContextClassLoader(Environment.class.getClassLoader());
    return thread;
  }
}

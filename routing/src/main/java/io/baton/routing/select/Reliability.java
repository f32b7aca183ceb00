package io.baton.routing.select;

import io.baton.routing.topology.Endpoint;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.StateTransition;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How well a reader has served this JVM's sessions of late.
 *
 * <p>The monitor sees whether a server lives; it does not see that the server has no connection to
 * spare, or refuses this user. Two things are made of what sessions meet there. A <em>circuit
 * breaker</em> keeps them away for {@value #WAIT_MILLIS} ms when at least half of the last
 * connections could not be opened, and then lets one of them try. A <em>score</em> between 0 and 1
 * sinks with each connection that fails or is lost and rises with each that is opened; it makes a
 * reader that fails now and then dearer than its peers.
 *
 * <p>A new endpoint begins slightly worse than the median of its peers ({@link #ofNewcomer}), so
 * that it is neither trusted nor shunned.
 *
 * <p>Thread-safe; holds no lock while anybody waits.
 */
public final class Reliability {

  private static final Logger log = LoggerFactory.getLogger(Reliability.class);

  static final int WAIT_MILLIS = 2000;

  private static final double FULL = 1;
  private static final double LEAST = 0.05;
  private static final double RISE = 0.1;
  private static final double FALL = 0.7;
  private static final double NEWCOMER = 0.95;

  /** Loaded with the first breaker: the first connection of a young JVM does without. */
  private static final class Breakers {

    private static final CircuitBreakerConfig CONFIG =
        CircuitBreakerConfig.custom()
            .slidingWindowSize(6)
            .minimumNumberOfCalls(3)
            .failureRateThreshold(50)
            .permittedNumberOfCallsInHalfOpenState(1)
            .waitDurationInOpenState(Duration.ofMillis(WAIT_MILLIS))
            .build();
  }

  private final Endpoint endpoint;

  /** Null until a session thinks of opening a connection. */
  private final AtomicReference<@Nullable CircuitBreaker> breaker = new AtomicReference<>();

  private final LongSupplier nanoTime;
  private volatile long triedAgainAt;
  private volatile double score;

  private Reliability(Endpoint endpoint, double score, LongSupplier nanoTime) {
    this.endpoint = endpoint;
    this.score = score;
    this.nanoTime = nanoTime;
    this.triedAgainAt = nanoTime.getAsLong();
  }

  /** Of an endpoint of which nothing is known but the scores of its peers, in any order. */
  static Reliability ofNewcomer(Endpoint endpoint, double[] peers, LongSupplier nanoTime) {
    double[] sorted = peers.clone();
    Arrays.sort(sorted);
    double score = sorted.length == 0 ? FULL : NEWCOMER * sorted[sorted.length / 2];
    return new Reliability(endpoint, score, nanoTime);
  }

  private CircuitBreaker breaker() {
    CircuitBreaker known = breaker.get();
    if (known != null) {
      return known;
    }
    CircuitBreaker made = CircuitBreaker.of(endpoint.toString(), Breakers.CONFIG);
    made.getEventPublisher().onStateTransition(event -> changed(event.getStateTransition()));
    CircuitBreaker other = breaker.compareAndExchange(null, made);
    return other == null ? made : other;
  }

  private void changed(StateTransition transition) {
    if (transition.getToState() == State.OPEN) {
      triedAgainAt = nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(WAIT_MILLIS);
      log.info("Connections to {} fail: sessions read elsewhere for {} ms", endpoint, WAIT_MILLIS);
    } else if (transition.getToState() == State.CLOSED) {
      log.info("Connections to {} are opened again", endpoint);
    }
  }

  /** Whether a session that is well where it is may think of going there. */
  public boolean isTrusted() {
    CircuitBreaker known = breaker.get();
    return known == null
        || known.getState() == State.CLOSED
        || nanoTime.getAsLong() - triedAgainAt >= 0;
  }

  /**
   * Whether a session may try to open a connection now. If so, {@link #opened} or {@link #refused}
   * must follow.
   */
  public boolean admits() {
    return breaker().tryAcquirePermission();
  }

  /** A connection was opened. */
  public void opened() {
    double known = score;
    score = known + RISE * (FULL - known);
    breaker().onSuccess(0, TimeUnit.NANOSECONDS);
  }

  /** A connection could not be opened. */
  public void refused(Exception failure) {
    lost();
    breaker().onError(0, TimeUnit.NANOSECONDS, failure);
  }

  /** A connection was lost while a session used it. */
  public void lost() {
    // If two fail at once, one of the updates may be lost, which is of no account.
    double known = score;
    score = Math.max(LEAST, FALL * known);
  }

  /** From 0, exclusive, to 1, which is best. */
  public double score() {
    return score;
  }
}

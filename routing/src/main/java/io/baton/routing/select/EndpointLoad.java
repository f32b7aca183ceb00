package io.baton.routing.select;

import io.baton.routing.consistency.ReaderProgress;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * How busy this JVM keeps an endpoint: the calls under way, how long recent ones took, and how many
 * reads went there in vain, as it was behind, so that the writer answered. Such reads leave no
 * latency: a reader that none is answered by would look idle, and attract all.
 *
 * <p>Thread-safe, lock-free, and free of allocation. Numbers may be a little old when they are
 * read, which is good enough to choose between servers.
 */
public final class EndpointLoad {

  /** Each call moves the mean by one part in this many. */
  private static final int SMOOTHING = 8;

  /**
   * After this long without a call, what is known of the latency counts half: a server that was
   * slow and is not asked any more would otherwise be slow for ever.
   */
  private static final long HALF_LIFE_NANOS = 1_000_000_000L;

  private static final int MAX_HALVINGS = 62;

  private static final double LATENCY_FLOOR_NANOS = 300_000;
  private static final double MUCH_SLOWER = 3;

  /** What a read loses that goes to a reader in vain. */
  private static final double VAIN_NANOS = 5_000_000;

  /** One read in vain counts as much as several that were answered: it is to be noticed soon. */
  private static final double VAIN_WEIGHT = 0.5;

  private static final double ANSWERED_WEIGHT = 0.125;

  /** From this share of reads in vain on, another reader is better in any case. */
  private static final double MOSTLY = 0.5;

  private static final double NEXT_TO_NONE = 0.001;

  private final Reliability reliability;
  private final ReaderProgress progress;
  private final LongSupplier nanoTime;
  private final LongAdder inFlight = new LongAdder();
  private final LongAdder sessions = new LongAdder();
  private final AtomicLong latencyNanos = new AtomicLong();
  private volatile long lastCallAt;
  private volatile long distanceNanos;
  private volatile double vain;
  private volatile long vainAt;

  EndpointLoad(Reliability reliability, LongSupplier nanoTime) {
    this.reliability = reliability;
    this.nanoTime = nanoTime;
    this.progress = new ReaderProgress(nanoTime);
    this.vainAt = nanoTime.getAsLong();
    this.lastCallAt = nanoTime.getAsLong();
  }

  /** How well it has served. */
  public Reliability reliability() {
    return reliability;
  }

  /** How it keeps up with the writer. */
  public ReaderProgress progress() {
    return progress;
  }

  /** A read came that this reader shows enough for. */
  public void enough() {
    double known = vain;
    if (known > 0) {
      double left = known - ANSWERED_WEIGHT * known;
      vain = left < NEXT_TO_NONE ? 0 : left;
    }
  }

  /** A read came in vain: this reader is behind, and the writer has to answer. */
  public void inVain() {
    double known = vain;
    vain = known + VAIN_WEIGHT * (1 - known);
    vainAt = nanoTime.getAsLong();
  }

  /**
   * The share of reads that came in vain, fading while there are none, so that it is tried again.
   */
  private double vainShare() {
    double known = vain;
    if (known == 0) {
      return 0;
    }
    long halvings = Math.max(0, nanoTime.getAsLong() - vainAt) / HALF_LIFE_NANOS;
    return known / (1L << Math.min(halvings, MAX_HALVINGS));
  }

  /** Whether most reads come in vain. */
  boolean isMostlyInVain() {
    return vainShare() >= MOSTLY;
  }

  /** A session has opened a connection for its reads. */
  public void join() {
    sessions.increment();
  }

  /** It has closed it. */
  public void leave() {
    sessions.decrement();
  }

  /** The number of sessions that read there. */
  public long sessions() {
    return sessions.sum();
  }

  /** A call begins. */
  public void begin() {
    inFlight.increment();
  }

  /**
   * A call that began has ended.
   *
   * @param nanos how long it took
   */
  public void end(long nanos) {
    inFlight.decrement();
    long mean = latencyNanos.get();
    // A lost update is one sample less; not worth a loop on the way of every call.
    latencyNanos.lazySet(mean == 0 ? nanos : mean + (nanos - mean) / SMOOTHING);
    lastCallAt = nanoTime.getAsLong();
  }

  /** The number of calls under way. */
  public long inFlight() {
    return inFlight.sum();
  }

  /** The smoothed duration of calls, fading while there are none; 0 if there never was one. */
  public long latencyNanos() {
    long halvings = Math.max(0, nanoTime.getAsLong() - lastCallAt) / HALF_LIFE_NANOS;
    return latencyNanos.get() >> Math.min(halvings, MAX_HALVINGS);
  }

  /**
   * A round trip to the endpoint was measured, with next to no work for the server.
   *
   * @param roundTripNanos how long it took
   */
  public void measured(long roundTripNanos) {
    long known = distanceNanos;
    // What a busy machine adds does not count: only a way that stays longer becomes a longer one.
    distanceNanos =
        known == 0 || roundTripNanos < known
            ? roundTripNanos
            : known + (roundTripNanos - known) / SMOOTHING;
  }

  /** How far away the endpoint is: about the least that round trips took; 0 if not known. */
  public long distanceNanos() {
    return distanceNanos;
  }

  /** Whether calls take several times as long here. */
  boolean isMuchSlowerThan(EndpointLoad other) {
    return expectedNanos() > MUCH_SLOWER * other.expectedNanos();
  }

  /** What a read takes there, with a floor that keeps noise from counting. */
  private double expectedNanos() {
    return latencyNanos() + LATENCY_FLOOR_NANOS + VAIN_NANOS * vainShare();
  }

  /**
   * What one more session would cost, for comparison with other endpoints: less is better. A floor
   * keeps differences of latency that are noise from counting; one that is not reliable is dearer.
   */
  public double cost() {
    return (sessions() + inFlight() + 1.0) * expectedNanos() / reliability.score();
  }
}

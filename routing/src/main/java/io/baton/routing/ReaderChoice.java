package io.baton.routing;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Which reader a session reads from, and when it is to change it.
 *
 * <p>A session keeps the connection to its reader, so load is spread by spreading sessions. When a
 * reader joins, leaves, or gets slow, sessions change over: not all at once, but one at a time in
 * all of this JVM, {@value #MOVE_MILLIS} ms apart at least, and only if the other reader is better
 * by half, or of the same speed and has two sessions less: within this dead zone, noise moves
 * nobody. Where weights decide, sessions are spread in proportion to them.
 *
 * <p>Thread-safe.
 */
public final class ReaderChoice {

  private static final int MOVE_MILLIS = 20;
  private static final long MOVE_NANOS = MOVE_MILLIS * 1_000_000L;

  private static final double DEAD_ZONE = 1.5;
  private static final double EVENLY = 1.1;

  private final Selector selector;
  private final boolean byWeight;
  private final Function<? super Endpoint, EndpointLoad> load;
  private final LongSupplier nanoTime;
  private final AtomicLong nextMoveAt;

  /**
   * Makes a choice.
   *
   * @param selector chooses among readers that would all do
   * @param byWeight whether the weights of the endpoints decide, and not how busy they are
   * @param load the load of an endpoint
   * @param nanoTime the clock, as {@link System#nanoTime}
   */
  public ReaderChoice(
      Selector selector,
      boolean byWeight,
      Function<? super Endpoint, EndpointLoad> load,
      LongSupplier nanoTime) {
    this.selector = selector;
    this.byWeight = byWeight;
    this.load = load;
    this.nanoTime = nanoTime;
    this.nextMoveAt = new AtomicLong(nanoTime.getAsLong());
  }

  /** Chooses a reader for a session that has none; empty if there is none that would do. */
  public Optional<EndpointState> choose(Topology topology, Predicate<EndpointState> acceptable) {
    return selector.select(candidates(topology, acceptable));
  }

  /**
   * Whether a session may go on with its reader.
   *
   * @return false if it is no reader any more that would do, or another one is better and it is
   *     this session's turn to change over
   */
  public boolean keeps(Endpoint present, Topology topology, Predicate<EndpointState> acceptable) {
    List<EndpointState> readers = topology.readers();
    EndpointState here = null;
    for (int i = 0; i < readers.size(); i++) {
      EndpointState reader = readers.get(i);
      if (reader.endpoint().equals(present) && acceptable.test(reader)) {
        here = reader;
      }
    }
    if (here == null) {
      return false;
    }
    boolean better = false;
    for (int i = 0; i < readers.size() && !better; i++) {
      EndpointState reader = readers.get(i);
      better =
          !reader.endpoint().equals(present) && acceptable.test(reader) && isBetter(reader, here);
    }
    return !(better && takesTurn());
  }

  private boolean isBetter(EndpointState there, EndpointState here) {
    EndpointLoad loadThere = load.apply(there.endpoint());
    EndpointLoad loadHere = load.apply(here.endpoint());
    return byWeight
        ? isBetterByWeight(loadThere, there.listed().weight(), loadHere, here.listed().weight())
        : isBetter(loadThere, loadHere);
  }

  /** Whether a session less here and one more there comes nearer to what the weights say. */
  private static boolean isBetterByWeight(
      EndpointLoad there, int weightThere, EndpointLoad here, int weightHere) {
    return weightThere > 0
        && (weightHere == 0
            || (here.sessions() - 1.0) * weightThere
                > EVENLY * (there.sessions() + 1.0) * weightHere);
  }

  /** Whether a session does well to change over. */
  private static boolean isBetter(EndpointLoad there, EndpointLoad here) {
    if (here.isMuchSlowerThan(there) || there.isMuchSlowerThan(here)) {
      return here.cost() > DEAD_ZONE * there.cost();
    }
    // As fast as one another: the sessions are to be spread evenly, to one more or less.
    return here.sessions() >= there.sessions() + 2 && here.sessions() > EVENLY * there.sessions();
  }

  private boolean takesTurn() {
    long now = nanoTime.getAsLong();
    long next = nextMoveAt.get();
    return now - next >= 0 && nextMoveAt.compareAndSet(next, now + MOVE_NANOS);
  }

  private static List<EndpointState> candidates(
      Topology topology, Predicate<EndpointState> acceptable) {
    return topology.readers().stream().filter(acceptable).toList();
  }
}

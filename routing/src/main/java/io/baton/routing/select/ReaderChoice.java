package io.baton.routing.select;

import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.Topology;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Which reader a session reads from, and when it is to change it.
 *
 * <p>A session keeps the connection to its reader, so load is spread by spreading sessions. When a
 * reader joins, leaves, or gets slow, sessions change over: not all at once, but one at a time in
 * all of this JVM, {@value #MOVE_MILLIS} ms apart at least, and only if the other reader is better
 * by more than noise: {@link ReaderPreference}.
 *
 * <p>Thread-safe.
 */
public final class ReaderChoice {

  private static final int MOVE_MILLIS = 20;
  private static final long MOVE_NANOS = MOVE_MILLIS * 1_000_000L;

  private final Selector selector;
  private final ReaderPreference preference;
  private final LongSupplier nanoTime;
  private final AtomicLong nextMoveAt;

  /**
   * Makes a choice.
   *
   * @param selector chooses among readers that would all do
   * @param preference says whether another reader is better
   * @param nanoTime the clock, as {@link System#nanoTime}
   */
  public ReaderChoice(Selector selector, ReaderPreference preference, LongSupplier nanoTime) {
    this.selector = selector;
    this.preference = preference;
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
          !reader.endpoint().equals(present)
              && acceptable.test(reader)
              && preference.isBetter(reader, here);
    }
    return !(better && takesTurn());
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

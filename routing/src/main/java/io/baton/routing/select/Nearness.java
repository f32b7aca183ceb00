package io.baton.routing.select;

import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import java.util.List;
import java.util.function.Function;

/**
 * How near endpoints are: those in the zone of the application are nearer than all others, and then
 * the one to which round trips take less. What differs by less than half, or {@value #SAME_MICROS}
 * microseconds, is as near.
 *
 * <p>Immutable.
 */
public final class Nearness {

  private static final double MUCH_FARTHER = 1.5;
  private static final int SAME_MICROS = 200;

  private final String zone;
  private final Function<? super Endpoint, EndpointLoad> load;

  /**
   * Makes one.
   *
   * @param zone the zone of the application; empty if it is not known
   * @param load what is known of an endpoint, {@linkplain EndpointLoad#distanceNanos how far away}
   *     it is among it
   */
  public Nearness(String zone, Function<? super Endpoint, EndpointLoad> load) {
    this.zone = zone;
    this.load = load;
  }

  /** Whether one endpoint is nearer than another. */
  boolean isNearer(EndpointState one, EndpointState other) {
    boolean oneIsHere = isHere(one);
    if (oneIsHere != isHere(other)) {
      return oneIsHere;
    }
    long toOne = load.apply(one.endpoint()).distanceNanos();
    long toOther = load.apply(other.endpoint()).distanceNanos();
    return toOne > 0 && toOther > MUCH_FARTHER * toOne + SAME_MICROS * 1_000;
  }

  /** Those than which none is nearer. */
  List<EndpointState> nearest(List<EndpointState> candidates) {
    return candidates.stream()
        .filter(near -> candidates.stream().noneMatch(nearer -> isNearer(nearer, near)))
        .toList();
  }

  private boolean isHere(EndpointState state) {
    return !zone.isEmpty() && zone.equals(state.listed().zone());
  }
}

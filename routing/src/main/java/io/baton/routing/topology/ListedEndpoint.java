package io.baton.routing.topology;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint as a list of endpoints has it.
 *
 * @param endpoint where it is
 * @param weight how much of the work it is to get, against the others; 0 or more, and with 0 none
 *     while there is another
 * @param zone where it stands, as the list names it; null if it does not say
 * @param draining whether sessions are to leave it
 * @param tags what else the list says of it, by name
 */
public record ListedEndpoint(
    Endpoint endpoint,
    int weight,
    @Nullable String zone,
    boolean draining,
    Map<String, String> tags) {

  /** The weight of an endpoint of which nothing is said. */
  public static final int DEFAULT_WEIGHT = 100;

  /**
   * Makes an entry.
   *
   * @throws IllegalArgumentException if the weight is negative
   */
  public ListedEndpoint {
    if (weight < 0) {
      throw new IllegalArgumentException("the weight of " + endpoint + " is negative: " + weight);
    }
    tags = Map.copyOf(tags);
  }

  // By hand: what Java makes of a record is linked when it is first used, which takes a young JVM
  // long.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ListedEndpoint that
        && endpoint.equals(that.endpoint)
        && weight == that.weight
        && draining == that.draining
        && Objects.equals(zone, that.zone)
        && tags.equals(that.tags);
  }

  @Override
  public int hashCode() {
    return endpoint.hashCode();
  }

  /** An entry without tags. */
  public ListedEndpoint(Endpoint endpoint, int weight, @Nullable String zone, boolean draining) {
    this(endpoint, weight, zone, draining, Map.of());
  }

  /** An endpoint of which nothing more is said. */
  public static ListedEndpoint of(Endpoint endpoint) {
    return new ListedEndpoint(endpoint, DEFAULT_WEIGHT, null, false);
  }

  /** The same, to be left. */
  public ListedEndpoint leaving() {
    return new ListedEndpoint(endpoint, weight, zone, true, tags);
  }
}

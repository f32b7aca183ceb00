package io.baton.routing.topology;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a cluster that is closed: the last snapshot, and all that the next one is made
 * of. Immutable.
 */
public final class TopologyMemory {

  private final MemberList members;
  private final Map<Endpoint, Health> healths;
  private final Topology topology;
  private final Map<Endpoint, Long> monitoredUntil;

  /**
   * Makes a memory of copies.
   *
   * @param monitoredUntil the nanosecond clock when a monitor last had a connection to the
   *     endpoint; none if it never had one
   */
  TopologyMemory(
      MemberList members,
      Map<Endpoint, Health> healths,
      Topology topology,
      Map<Endpoint, Long> monitoredUntil) {
    this.members = members;
    this.healths = new HashMap<>(healths);
    this.healths.replaceAll((endpoint, health) -> health.unwatched());
    this.topology = topology;
    this.monitoredUntil = Map.copyOf(monitoredUntil);
  }

  MemberList members() {
    return members;
  }

  Map<Endpoint, Health> healths() {
    return healths;
  }

  Topology topology() {
    return topology;
  }

  Map<Endpoint, Long> monitoredUntil() {
    return monitoredUntil;
  }

  /**
   * Whether this can be relied on: all is well, as far as is known, each endpoint was monitored a
   * short while ago, and so was the list of endpoints.
   *
   * @param now the nanosecond clock
   * @param longest how long ago endpoints may have been monitored
   * @param refresh how often the list is asked for
   */
  public boolean isFresh(long now, Duration longest, Duration refresh) {
    return isAllWell(now)
        && topology.endpoints().stream()
            .allMatch(state -> isWithin(age(state.endpoint(), now), longest))
        && (!members.isOfSource() || now - members.askedAt() <= refresh.plus(longest).toNanos());
  }

  private static boolean isWithin(@Nullable Duration age, Duration longest) {
    return age != null && age.compareTo(longest) <= 0;
  }

  /**
   * Whether there is a writer, every endpoint can be used, and no lease has run out, as far as is
   * known.
   *
   * @param now the nanosecond clock
   */
  public boolean isAllWell(long now) {
    return topology.hasWriter()
        && topology.endpoints().stream().allMatch(EndpointState::isUsable)
        && !members.isLeaseOver(now);
  }

  /** How long ago an endpoint was monitored; null if it never was. */
  public @Nullable Duration age(Endpoint endpoint, long now) {
    Long until = monitoredUntil.get(endpoint);
    return until == null ? null : Duration.ofNanos(now - until);
  }

  /** How long ago the list of endpoints was asked for. */
  public Duration ageOfList(long now) {
    return Duration.ofNanos(now - members.askedAt());
  }
}

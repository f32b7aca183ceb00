package io.baton.failover;

import io.baton.routing.topology.Availability;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.Topology;
import java.sql.SQLException;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Whether the writer may be found, or come, at another server than one that refuses the login.
 *
 * <p>Where a server is known to take writes, it is that one. Else it depends on who is missing: if
 * every other server answers as a standby, or refuses as well, nothing is under way, and one of
 * those that refuse is the writer. If one does not answer, it may have been the writer: it comes
 * back, or a standby is promoted in its place.
 *
 * @param topology what is known of all servers
 * @param refusing the server that refuses
 */
public record WriterElsewhere(Topology topology, Endpoint refusing) {

  /** Returns whether another server may be the writer, now or after a while. */
  public boolean isPossible() {
    Optional<EndpointState> writer = topology.writer();
    return writer.isPresent()
        ? !writer.get().endpoint().equals(refusing)
        : others().anyMatch(WriterElsewhere::isMissing);
  }

  /**
   * Returns whether there is a server that is worth to be waited for by one that has not begun: a
   * standby that answers and may be promoted, or a server that starts, is silent, or was not heard
   * yet. Where nobody is at an address, there may never have been anybody.
   */
  public boolean isPromising() {
    return others()
        .anyMatch(
            state ->
                state.availability().answers()
                    || state.availability() == Availability.UNPROBED
                    || state.isSilent()
                    || isStarting(state));
  }

  private Stream<EndpointState> others() {
    return topology.endpoints().stream().filter(state -> !state.endpoint().equals(refusing));
  }

  private static boolean isMissing(EndpointState state) {
    SQLException failure = state.failure();
    return !state.availability().answers()
        && (failure == null || Failure.isWorthAnotherAttempt(failure));
  }

  private static boolean isStarting(EndpointState state) {
    SQLException failure = state.failure();
    return failure != null && "57P03".equals(failure.getSQLState());
  }
}

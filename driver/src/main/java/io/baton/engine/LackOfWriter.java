package io.baton.engine;

import io.baton.failover.Failure;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.FailureKind;
import io.baton.routing.topology.FailureText;
import io.baton.routing.topology.Topology;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Why a session got no connection to a writer in time, and what can be done about it.
 *
 * @param topology what was known of the servers at the end
 * @param latest what the session's own last attempt came to; null if it made none
 */
record LackOfWriter(Topology topology, @Nullable SQLException latest) {

  /** For people, without a full stop at the end. */
  String account() {
    Optional<EndpointState> writer = topology.writer();
    if (writer.isPresent() && latest != null) {
      return "The writer, "
          + writer.get().endpoint()
          + ", answers its monitor, but no connection of the session's own came about in time: "
          + FailureText.of(latest);
    }
    for (EndpointState state : topology.endpoints()) {
      if (state.takesWrites() && state.problem() != null) {
        return refused(state);
      }
    }
    for (EndpointState state : topology.endpoints()) {
      if (state.pooled() && state.isSilent() && !state.availability().answers()) {
        return waitingForPooler(state);
      }
    }
    if (latest != null && isOfLogin(latest)) {
      return "No server that may be the writer took the session's login in time: "
          + FailureText.of(latest);
    }
    Optional<EndpointState> closed = refusingAsTheOnlyOne();
    if (closed.isPresent()) {
      return "No server that may be the writer let this program in in time: "
          + closed.get().endpoint()
          + ", "
          + FailureText.of(Objects.requireNonNull(closed.get().failure()));
    }
    return "There was no server that takes writes in time. Check that one of the hosts is a"
        + " primary, or give it longer to be promoted (baton.failoverTimeout)";
  }

  /**
   * The first server that lets nobody in, if every server that does not answer is one of those. The
   * login fails there: the server refuses it, or the password is not supplied.
   */
  private Optional<EndpointState> refusingAsTheOnlyOne() {
    List<EndpointState> missing =
        topology.endpoints().stream().filter(state -> !state.availability().answers()).toList();
    boolean isAll =
        missing.stream()
            .map(EndpointState::failure)
            .allMatch(
                failure -> failure != null && (isOfLogin(failure) || FailureKind.isFull(failure)));
    return isAll ? missing.stream().findFirst() : Optional.empty();
  }

  /** A server that says that it takes writes, and is not believed. */
  private String refused(EndpointState state) {
    long identifier = state.status() == null ? 0 : state.status().systemIdentifier();
    if (topology.systemIdentifier().filter(known -> known != identifier).isPresent()) {
      return "The server that takes writes, "
          + state.endpoint()
          + ", is not used: it is of another cluster of data than the one that this program knows."
          + " If the cluster was upgraded or restored, rebuild the servers that still show the"
          + " former system identifier or take them out of the URL, and close the program's data"
          + " sources or restart it";
    }
    if (state.status() != null && state.status().timeline() < topology.timeline()) {
      return "The server that takes writes, "
          + state.endpoint()
          + ", is not used: it is on timeline "
          + state.status().timeline()
          + ", and the cluster has reached timeline "
          + topology.timeline()
          + ". Stop that server and rebuild it as a standby of the one on timeline "
          + topology.timeline()
          + ", which must be among the hosts; if the whole cluster was restored to an earlier"
          + " moment, restart the program";
    }
    return "The server that takes writes, "
        + state.endpoint()
        + ", is not used: "
        + state.problem();
  }

  private static String waitingForPooler(EndpointState state) {
    return "The pooler at "
        + state.endpoint()
        + " had no server connection for the monitor in time, so it is not known whether its"
        + " server takes writes: all of them are lent, the pooler is paused, or the server hangs."
        + " Give it more server connections (default_pool_size), or shorten the transactions";
  }

  private static boolean isOfLogin(SQLException failure) {
    return !Failure.isWorthAnotherAttempt(failure) || FailureKind.isOfEncryption(failure);
  }
}

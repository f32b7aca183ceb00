package io.baton.routing.topology;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes changes of the topology to the log, and nothing while all is well. */
final class TopologyLog implements TopologyListener {

  private static final Logger log = LoggerFactory.getLogger(TopologyLog.class);

  private final DownEndpoints down;

  /**
   * Makes one.
   *
   * @param down what was told before, of other clusters too
   */
  TopologyLog(DownEndpoints down) {
    this.down = down;
  }

  @Override
  public void topologyChanged(Topology before, Topology now) {
    for (EndpointState state : now.endpoints()) {
      before.state(state.endpoint()).ifPresent(was -> logChange(before, was, now, state));
    }
    logWriter(before, now);
  }

  /** Whether it is of the other side of a cut over: other clusters' servers are not kept. */
  private static boolean isOfCutover(EndpointState state, Topology topology) {
    ServerStatus status = state.status();
    return state.abortReason() == null
        && status != null
        && topology.systemIdentifier().filter(it -> it != status.systemIdentifier()).isPresent();
  }

  private void logChange(Topology before, EndpointState was, Topology now, EndpointState is) {
    if (is.availability().answers()) {
      down.answered(is.endpoint());
    }
    if (isNewProblem(before, was, now, is)) {
      if (isOfCutover(is, now)) {
        log.info("{} is not used: {}", is.endpoint(), is.problem());
        return;
      }
      log.warn("{} is not used: {}", is.endpoint(), is.problem());
    } else if (is.availability() == was.availability()) {
      return;
    } else if (is.availability() == Availability.DOWN) {
      if (was.availability() == Availability.UNPROBED && down.contains(is.endpoint())) {
        log.debug("{} is still {}", is.endpoint(), is.abortReason());
        return;
      }
      down.told(is.endpoint());
      log.warn("{} is {}", is.endpoint(), is.abortReason());
    } else if (is.availability() == Availability.SUSPECT && is.failure() != null) {
      log.info(
          "{} does not answer as it should: {}. Nothing new goes there; its sessions are left alone"
              + " until it is given up",
          is.endpoint(),
          FailureText.of(is.failure()));
    } else if (was.availability() == Availability.SUSPECT && is.availability().answers()) {
      log.info("{} answers again", is.endpoint());
    } else if (was.availability() == Availability.DOWN && is.availability().answers()) {
      if (is.role() == Role.UNKNOWN) {
        log.info("{} is back; whether it is of use is not known yet", is.endpoint());
      } else {
        log.info("{} is back as a {}", is.endpoint(), is.role());
      }
    } else {
      log.debug("{} was {} and is {}", is.endpoint(), was.availability(), is.availability());
    }
  }

  /** While the list is awaited, who is no writer yet may be its leader: a problem is told later. */
  private static boolean isNewProblem(
      Topology before, EndpointState was, Topology now, EndpointState is) {
    return is.problem() != null
        && !now.isListAwaited()
        && (before.isListAwaited() || !is.problem().equals(was.problem()));
  }

  private static void logWriter(Topology before, Topology now) {
    Endpoint old = before.incumbent();
    Endpoint current = now.incumbent();
    if (current != null && old != null && !current.equals(old)) {
      log.info("The writer is {} on timeline {}; it was {}", current, now.timeline(), old);
    } else if (current != null && old == null) {
      log.debug("The writer is {} on timeline {}", current, now.timeline());
    }
  }
}

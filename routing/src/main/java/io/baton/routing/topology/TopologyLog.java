package io.baton.routing.topology;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes changes of the topology to the log, and nothing while all is well. */
final class TopologyLog implements TopologyListener {

  private static final Logger log = LoggerFactory.getLogger(TopologyLog.class);

  @Override
  public void topologyChanged(Topology before, Topology now) {
    for (EndpointState state : now.endpoints()) {
      before.state(state.endpoint()).ifPresent(was -> logChange(was, state));
    }
    logWriter(before, now);
  }

  private static void logChange(EndpointState was, EndpointState is) {
    if (is.problem() != null && !is.problem().equals(was.problem())) {
      log.warn("{} is not used: {}", is.endpoint(), is.problem());
    } else if (is.availability() == was.availability()) {
      return;
    } else if (is.availability() == Availability.DOWN) {
      log.warn("{} is {}", is.endpoint(), is.abortReason());
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

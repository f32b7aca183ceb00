package io.baton.routing.topology;

/** Writes changes of the topology to a recording of the Flight Recorder, if there is one. */
final class TopologyRecording implements TopologyListener {

  @Override
  public void topologyChanged(Topology before, Topology now) {
    if (!FlightRecording.isOn()) {
      return;
    }
    for (EndpointState state : now.endpoints()) {
      before.state(state.endpoint()).ifPresent(was -> Events.record(was, state));
    }
  }

  /** Apart, so that the event is not loaded on a Java without the Flight Recorder. */
  private static final class Events {

    static void record(EndpointState was, EndpointState is) {
      EndpointChangeEvent event = new EndpointChangeEvent();
      if (!event.shouldCommit() || !is.differsInSubstance(was)) {
        return;
      }
      event.endpoint = is.endpoint().toString();
      event.roleBefore = was.role().name();
      event.role = is.role().name();
      event.availabilityBefore = was.availability().name();
      event.availability = is.availability().name();
      ServerStatus status = is.status();
      event.timeline = status == null ? 0 : status.timeline();
      event.reason =
          is.problem() != null
              ? is.problem()
              : is.failure() == null ? is.abortReason() : FailureText.of(is.failure());
      event.commit();
    }
  }
}

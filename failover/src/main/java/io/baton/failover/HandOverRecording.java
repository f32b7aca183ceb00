package io.baton.failover;

import io.baton.routing.topology.FlightRecording;

/** Writes hand-overs of sessions to a recording of the Flight Recorder, if there is one. */
final class HandOverRecording {

  private HandOverRecording() {}

  static void record(SessionHandOver done) {
    if (FlightRecording.isOn()) {
      Events.record(done);
    }
  }

  /** Apart, so that the event is not loaded on a Java without the Flight Recorder. */
  private static final class Events {

    static void record(SessionHandOver done) {
      SessionHandOverEvent event = new SessionHandOverEvent();
      if (!event.shouldCommit()) {
        return;
      }
      event.session = done.session();
      event.from = done.from().toString();
      event.to = done.to() == null ? null : done.to().toString();
      event.pauseNanos = done.pause().toNanos();
      event.reason = done.reason();
      event.commit();
    }
  }
}

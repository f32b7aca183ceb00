package io.baton.engine;

import io.baton.routing.topology.FlightRecording;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** Writes what became of a COMMIT to a recording of the Flight Recorder, if there is one. */
final class CommitRecording {

  private CommitRecording() {}

  /**
   * It was asked what became of a COMMIT.
   *
   * @param left where it was cut off
   */
  static void settled(long session, String left, String outcome, String evidence) {
    if (FlightRecording.isOn()) {
      Events.settled(session, left, outcome, evidence);
    }
  }

  /** Apart, so that the event is not loaded on a Java without the Flight Recorder. */
  private static final class Events {

    static void settled(long session, String left, String outcome, String evidence) {
      CommitSettledEvent event = new CommitSettledEvent();
      if (!event.shouldCommit()) {
        return;
      }
      event.session = session;
      event.left = left;
      event.outcome = outcome;
      event.evidence = evidence;
      event.commit();
    }
  }

  /** The Flight Recorder's event of a COMMIT that was cut off, and settled or not. */
  @Name("io.baton.CommitSettled")
  @Label("Commit Settled")
  @Description("A COMMIT was cut off, and servers were asked whether it took place")
  @Category("Baton")
  static final class CommitSettledEvent extends Event {

    @Label("Session")
    long session;

    @Label("Left")
    String left = "";

    @Label("Outcome")
    String outcome = "";

    @Label("Evidence")
    String evidence = "";
  }
}

package io.baton.engine;

import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.FailureText;
import io.baton.routing.topology.FlightRecording;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import org.jspecify.annotations.Nullable;

/** Writes a move of a session to a recording of the Flight Recorder, if there is one. */
interface MoveRecording {

  /** The move begins. */
  static MoveRecording begin() {
    return FlightRecording.isOn() ? new Recorded() : (session, departure, to) -> {};
  }

  /**
   * The move is over.
   *
   * @param to where the session is now; null if it has found no server
   */
  void end(long session, Departure departure, @Nullable Endpoint to);

  /** With a Flight Recorder. */
  final class Recorded implements MoveRecording {

    private final SessionMoveEvent event = new SessionMoveEvent();

    private Recorded() {
      event.begin();
    }

    @Override
    public void end(long session, Departure departure, @Nullable Endpoint to) {
      event.end();
      if (!event.shouldCommit()) {
        return;
      }
      event.session = session;
      event.from = departure.lost().physical().endpoint().toString();
      event.to = to == null ? null : to.toString();
      event.cause = FailureText.of(departure.failure());
      event.commit();
    }
  }

  /** The Flight Recorder's event of a session that left a server it had lost. */
  @Name("io.baton.SessionMove")
  @Label("Session Move")
  @Description("A session lost its server, and was rebuilt on another or found none")
  @Category("Baton")
  final class SessionMoveEvent extends Event {

    @Label("Session")
    long session;

    @Label("From")
    String from = "";

    @Label("To")
    @Nullable String to;

    @Label("Cause")
    String cause = "";
  }
}

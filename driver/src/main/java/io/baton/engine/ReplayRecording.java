package io.baton.engine;

import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.FlightRecording;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import org.jspecify.annotations.Nullable;

/** Writes a replay of a transaction to a recording of the Flight Recorder, if there is one. */
interface ReplayRecording {

  /** The replay begins. */
  static ReplayRecording begin() {
    return FlightRecording.isOn() ? new Recorded() : (session, server, calls, other) -> {};
  }

  /**
   * The replay is over.
   *
   * @param difference null if its answers were those of before; empty if it failed
   */
  void end(long session, Endpoint server, int calls, @Nullable String difference);

  /** With a Flight Recorder. */
  final class Recorded implements ReplayRecording {

    private final TransactionReplayEvent event = new TransactionReplayEvent();

    private Recorded() {
      event.begin();
    }

    @Override
    public void end(long session, Endpoint server, int calls, @Nullable String difference) {
      event.end();
      if (!event.shouldCommit()) {
        return;
      }
      event.session = session;
      event.server = server.toString();
      event.calls = calls;
      event.succeeded = difference == null;
      event.difference = difference;
      event.commit();
    }
  }

  /** The Flight Recorder's event of a transaction that was replayed. */
  @Name("io.baton.TransactionReplay")
  @Label("Transaction Replay")
  @Description("A transaction that was cut off was run again, and its answers compared")
  @Category("Baton")
  final class TransactionReplayEvent extends Event {

    @Label("Session")
    long session;

    @Label("Server")
    String server = "";

    @Label("Calls")
    int calls;

    @Label("Succeeded")
    boolean succeeded;

    @Label("Difference")
    @Nullable String difference;
  }
}

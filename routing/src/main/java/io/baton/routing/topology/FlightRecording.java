package io.baton.routing.topology;

import jdk.jfr.FlightRecorder;

/**
 * Whether events for the Flight Recorder are to be made: it is at work, and this Java shows it to
 * us. Images made by {@code jlink} may be without it; then no class of an event may be loaded.
 * Where a container of modules decides what is seen (OSGi), Java may give events a field of a type
 * that they cannot see; then none may be used.
 *
 * <p>The first event of a JVM has Java build the recorder, which takes a young one a fifth of a
 * second. So none is made before somebody has started it.
 */
public final class FlightRecording {

  private static final boolean IS_THERE =
      ModuleLayer.boot().findModule("jdk.jfr").isPresent() && isSeen();

  private FlightRecording() {}

  /** Its class is loaded only where the recorder is at work. */
  private static final class Events {
    static final boolean ARE_WHOLE = areWhole();

    private Events() {}

    @SuppressWarnings("ReturnValueIgnored") // It is about what it throws.
    private static boolean areWhole() {
      try {
        EndpointChangeEvent.class.getDeclaredFields();
        return true;
      } catch (LinkageError unseen) {
        return false;
      }
    }
  }

  @SuppressWarnings("ReturnValueIgnored") // It is about what it throws.
  private static boolean isSeen() {
    try {
      FlightRecorder.isInitialized();
      return true;
    } catch (LinkageError unseen) {
      return false;
    }
  }

  /** Whether an event is to be made. */
  public static boolean isOn() {
    return IS_THERE && FlightRecorder.isInitialized() && Events.ARE_WHOLE;
  }
}

package io.baton.routing.topology;

/**
 * Whether this Java has the Flight Recorder. Images made by {@code jlink} may be without it; then
 * no class of an event may be loaded.
 */
public final class FlightRecording {

  private static final boolean AVAILABLE = ModuleLayer.boot().findModule("jdk.jfr").isPresent();

  private FlightRecording() {}

  /** Whether events can be made. */
  public static boolean isAvailable() {
    return AVAILABLE;
  }
}

package io.baton.routing.topology;

/**
 * Whether this Java has the Flight Recorder, and shows it to us. Images made by {@code jlink} may
 * be without it; then no class of an event may be loaded. Where a container of modules decides what
 * is seen (OSGi), Java may give events a field of a type that they cannot see; then none may be
 * used.
 */
public final class FlightRecording {

  private static final boolean AVAILABLE =
      ModuleLayer.boot().findModule("jdk.jfr").isPresent() && areEventsWhole();

  private FlightRecording() {}

  @SuppressWarnings("ReturnValueIgnored") // It is about what it throws.
  private static boolean areEventsWhole() {
    try {
      EndpointChangeEvent.class.getDeclaredFields();
      return true;
    } catch (LinkageError unseen) {
      return false;
    }
  }

  /** Whether events can be made. */
  public static boolean isAvailable() {
    return AVAILABLE;
  }
}

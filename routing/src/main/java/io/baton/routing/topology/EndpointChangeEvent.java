package io.baton.routing.topology;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** The Flight Recorder's event of a change of what an endpoint is. */
@Name("io.baton.EndpointChange")
@Label("Endpoint Change")
@Description("What an endpoint is, or whether it can be used, has changed")
@Category("Baton")
@StackTrace(false)
final class EndpointChangeEvent extends Event {

  @Label("Endpoint")
  String endpoint = "";

  @Label("Role Before")
  String roleBefore = "";

  @Label("Role")
  String role = "";

  @Label("Availability Before")
  String availabilityBefore = "";

  @Label("Availability")
  String availability = "";

  @Label("Timeline")
  long timeline;

  @Label("Reason")
  @Nullable String reason;
}

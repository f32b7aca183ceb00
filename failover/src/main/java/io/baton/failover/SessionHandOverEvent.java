package io.baton.failover;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/** The Flight Recorder's event of a session that was handed over, or was to be. */
@Name("io.baton.SessionHandOver")
@Label("Session Hand-Over")
@Description("A session was moved from a server that works, or had to stay there")
@Category("Baton")
@StackTrace(false)
final class SessionHandOverEvent extends Event {

  @Label("Session")
  long session;

  @Label("From")
  String from = "";

  @Label("To")
  @Nullable String to;

  @Label("Pause")
  @Timespan
  long pauseNanos;

  @Label("Reason To Stay")
  @Nullable String reason;
}

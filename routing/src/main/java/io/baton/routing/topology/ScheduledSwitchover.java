package io.baton.routing.topology;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/**
 * A planned exchange of the writer.
 *
 * @param to the endpoint that is to be the writer; null if it is not said which one
 * @param at when the exchange begins
 */
public record ScheduledSwitchover(@Nullable Endpoint to, Instant at) {

  /** A switchover that was due long ago counts as one of 1970, which can be measured. */
  public ScheduledSwitchover {
    at = at.isBefore(Instant.EPOCH) ? Instant.EPOCH : at;
  }

  /**
   * Reads the time, in the form {@code 2026-01-01T00:00:00Z} or with an offset.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static ScheduledSwitchover at(@Nullable Endpoint to, String time) {
    try {
      return new ScheduledSwitchover(to, OffsetDateTime.parse(time).toInstant());
    } catch (DateTimeParseException malformed) {
      throw new IllegalArgumentException(
          "'" + time + "' is no time such as 2026-01-01T00:00:00Z", malformed);
    }
  }

  @Override
  public String toString() {
    return "a switchover to " + (to == null ? "a standby" : to) + " at " + at;
  }
}

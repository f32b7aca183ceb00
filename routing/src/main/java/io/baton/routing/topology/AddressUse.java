package io.baton.routing.topology;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Whether one address leads to several servers, as the name of a load balancer does: then a new
 * connection that is refused there says nothing of the sessions that have one. Immutable.
 *
 * <p>Two servers are told by the start of their postmasters. They are there at the same time if the
 * connection that is held goes on answering after another one led elsewhere, or if the second one
 * was started long before the first one last answered.
 *
 * @param held the start of the server that the held connection leads to; null if none is held
 * @param elsewhere the start of another one, to which a newer connection led; null if there is none
 * @param isShared whether several servers were there at a time; it is not forgotten
 */
record AddressUse(@Nullable Instant held, @Nullable Instant elsewhere, boolean isShared) {

  static final AddressUse UNKNOWN = new AddressUse(null, null, false);

  /** How far the clocks of two machines may be apart. */
  private static final Duration CLOCKS = Duration.ofMinutes(1);

  /**
   * After an answer.
   *
   * @param before the answer before; null if there is none
   * @param answeredAt when that was given, by the clock of this machine
   */
  AddressUse afterAnswer(
      Observation.Answered answered, @Nullable ServerStatus before, @Nullable Instant answeredAt) {
    Instant start = answered.status().startedAt();
    boolean isOlderThanAnAnswerOfAnother =
        before != null
            && answeredAt != null
            && !start.equals(before.startedAt())
            && start.isBefore(answeredAt.minus(CLOCKS));
    if (answered.overHeldConnection()) {
      boolean wasElsewhereMeanwhile = start.equals(held) && elsewhere != null;
      return new AddressUse(
          start, null, isShared || wasElsewhereMeanwhile || isOlderThanAnAnswerOfAnother);
    }
    boolean differs = held != null && !held.equals(start);
    return new AddressUse(
        held, differs ? start : elsewhere, isShared || isOlderThanAnAnswerOfAnother);
  }

  AddressUse withoutHeld() {
    return held == null && elsewhere == null ? this : new AddressUse(null, null, isShared);
  }
}

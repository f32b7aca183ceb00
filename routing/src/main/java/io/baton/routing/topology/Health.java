package io.baton.routing.topology;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the attempts to talk to one endpoint add up to, without regard to the other endpoints.
 *
 * <p>Immutable; {@link #after} is the one place of its transitions.
 *
 * <h2>Suspect and down</h2>
 *
 * <p>Down has a consequence that cannot be taken back: connections are aborted, transactions cut
 * off. So an endpoint goes down only on evidence.
 *
 * <ul>
 *   <li><em>Nobody is there.</em> The monitor's connection has ended <em>and</em> a new one fails
 *       at once. One of the two alone proves nothing: an administrator may have terminated the
 *       monitor's backend, and a full or closing server refuses newcomers while it serves the
 *       sessions it has.
 *   <li><em>A standby is silent</em> for {@value #MISSES_OF_A_STANDBY} attempts in a row. Whoever
 *       waits there can ask another server; leaving too early costs one repeated read.
 *   <li><em>A writer is silent</em> and has no successor. Giving it up would gain nothing, since
 *       there is nowhere to go, and would lose the transactions it would finish if it thawed: a
 *       machine that was paused, a disk that stalled. It stays suspect, up to the time for which
 *       sessions would wait for a writer at all ({@code baton.failoverTimeout}). Once a successor
 *       writes on a higher timeline, waiting is what gains nothing: whatever the old writer would
 *       still answer is void. {@link TopologyRules} sees that, as it takes two endpoints to see it.
 * </ul>
 *
 * @param availability UNPROBED, UP, SUSPECT or DOWN
 * @param status the last answer, null if there is none
 * @param answeredAt when it was given
 * @param failure what the last attempt came to if it failed
 * @param asOf the sequence of the attempt that this rests on
 * @param held whether the monitor holds a connection there that is not known to be broken
 * @param missed how many attempts in a row nobody answered
 * @param silentSince the nanosecond clock when the first of them was noticed
 */
record Health(
    Availability availability,
    @Nullable ServerStatus status,
    @Nullable Instant answeredAt,
    @Nullable SQLException failure,
    long asOf,
    boolean held,
    int missed,
    long silentSince) {

  /** How many attempts in a row a standby may leave unanswered before it is given up. */
  static final int MISSES_OF_A_STANDBY = 3;

  static final Health UNPROBED =
      new Health(Availability.UNPROBED, null, null, null, 0, false, 0, 0);

  /**
   * What is known after one more attempt.
   *
   * @param now the time of day
   * @param nanoTime the nanosecond clock
   * @param patience how long a silent writer without a successor is waited for
   */
  Health after(Observation observation, Instant now, long nanoTime, Duration patience) {
    if (observation instanceof Observation.Answered answered) {
      return afterAnswer(answered, now);
    }
    if (observation instanceof Observation.ConnectionLost lost) {
      return afterLoss(lost);
    }
    if (observation instanceof Observation.Silent silent) {
      return afterSilence(silent, nanoTime, patience);
    }
    if (observation instanceof Observation.Unreachable unreachable) {
      return isStale(unreachable) ? this : afterNobody(unreachable);
    }
    if (observation instanceof Observation.Refused refused) {
      return isStale(refused) ? this : afterRefusal(refused);
    }
    throw new IllegalArgumentException("unknown kind of observation: " + observation);
  }

  /** Attempts overlap; what began earlier and ends later tells nothing new about the server. */
  private boolean isStale(Observation observation) {
    return observation.sequence() < asOf;
  }

  private Health afterAnswer(Observation.Answered answered, Instant now) {
    boolean nowHeld = held || answered.overHeldConnection();
    if (isStale(answered)) {
      return withHeld(nowHeld);
    }
    return new Health(
        Availability.UP, answered.status(), now, null, answered.sequence(), nowHeld, 0, 0);
  }

  private Health afterLoss(Observation.ConnectionLost lost) {
    if (isStale(lost) || availability == Availability.DOWN) {
      return withHeld(false);
    }
    return failed(Availability.SUSPECT, status, lost.failure(), lost.sequence(), false);
  }

  private Health afterSilence(Observation.Silent silent, long nanoTime, Duration patience) {
    boolean nowHeld = held && !silent.overHeldConnection();
    if (isStale(silent)) {
      return withHeld(nowHeld);
    }
    long since = missed == 0 ? nanoTime : silentSince;
    Availability next =
        givesUp(missed + 1, nanoTime - since, patience) ? Availability.DOWN : Availability.SUSPECT;
    return new Health(
        next, status, answeredAt, silent.failure(), silent.sequence(), nowHeld, missed + 1, since);
  }

  private boolean givesUp(int misses, long silentNanos, Duration patience) {
    if (availability == Availability.DOWN || status == null) {
      return true;
    }
    return status.standby() ? misses >= MISSES_OF_A_STANDBY : silentNanos >= patience.toNanos();
  }

  private Health afterNobody(Observation.Unreachable unreachable) {
    return failed(
        held ? Availability.SUSPECT : Availability.DOWN,
        status,
        unreachable.failure(),
        unreachable.sequence(),
        held);
  }

  /**
   * A server that is back and refuses us may be anything: what it was before it was down is void.
   */
  private Health afterRefusal(Observation.Refused refused) {
    return failed(
        Availability.SUSPECT,
        availability == Availability.DOWN ? null : status,
        refused.failure(),
        refused.sequence(),
        held);
  }

  private Health failed(
      Availability next,
      @Nullable ServerStatus nextStatus,
      SQLException nextFailure,
      long sequence,
      boolean nextHeld) {
    return new Health(
        next, nextStatus, answeredAt, nextFailure, sequence, nextHeld, missed, silentSince);
  }

  /** The same of a standby of which somebody else says how far behind it is. */
  Health withReplayLag(Duration lag) {
    return status == null || !status.standby()
        ? this
        : new Health(
            availability,
            status.withReplayLag(lag),
            answeredAt,
            failure,
            asOf,
            held,
            missed,
            silentSince);
  }

  /** The same, with or without a connection that the monitor holds. */
  Health withHeld(boolean nowHeld) {
    return new Health(
        availability, status, answeredAt, failure, asOf, nowHeld, missed, silentSince);
  }
}

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
 * off. So an endpoint goes down only on evidence about that server. While it is suspect, nothing
 * new is placed there, and the sessions that are there go on.
 *
 * <ul>
 *   <li><em>Nobody is there.</em> The monitor's connection has ended <em>and</em> a new one is
 *       refused or reset. One of the two alone proves nothing: an administrator may have terminated
 *       the monitor's backend, and a full or closing server refuses newcomers while it serves the
 *       sessions it has. It proves nothing either where the address leads to several servers
 *       ({@link AddressUse}).
 *   <li><em>What says nothing of the server</em> ({@link FailureKind#INCONCLUSIVE}) never takes it
 *       down; and while the monitor's own connection is there, it does not even make it suspect.
 *   <li><em>A standby is silent</em>, on the monitor's connection and on new ones, for as long as
 *       {@code baton.silence} says. Whoever begins something can ask another server at once; a
 *       query that runs there for a while already may be worth waiting for.
 *   <li><em>A writer is silent</em> and has no successor. Giving it up would gain nothing, since
 *       there is nowhere to go, and would lose the transactions it would finish if it thawed: a
 *       machine that was paused, a disk that stalled. It stays suspect, up to the time for which
 *       sessions would wait for a writer at all ({@code baton.failoverTimeout}). Once a successor
 *       writes on a higher timeline, waiting is what gains nothing: whatever the old writer would
 *       still answer is void. {@link TopologyRules} sees that, as it takes two endpoints to see it.
 *   <li><em>Silence behind a pooler</em> is none of the server. The monitor's question waits for a
 *       server connection like that of any client; while all are lent, or the pooler is paused, it
 *       is not even asked, and the sessions that have one go on. So as long as the pooler lets new
 *       clients in, its server is suspect and no more, a standby too. If it does not answer either,
 *       the two rules above count from when it last did.
 * </ul>
 *
 * @param availability UNPROBED, UP, SUSPECT or DOWN
 * @param status the last answer, null if there is none
 * @param answeredAt when it was given
 * @param failure what the last attempt came to if it failed
 * @param asOf the sequence of the attempt that this rests on
 * @param held whether the monitor holds a connection there that is not known to be broken
 * @param missed how many attempts in a row nobody answered
 * @param silentSince the nanosecond clock when the first of them was noticed, or when a pooler let
 *     a client in after that
 * @param run for how long it has answered without a break
 * @param address whether its address leads to several servers
 * @param pooled whether a pooler let the client in that had the last answer
 */
record Health(
    Availability availability,
    @Nullable ServerStatus status,
    @Nullable Instant answeredAt,
    @Nullable SQLException failure,
    long asOf,
    boolean held,
    int missed,
    long silentSince,
    AnswerRun run,
    AddressUse address,
    boolean pooled) {

  /**
   * The moment at which an attempt came to its end.
   *
   * @param now the time of day
   * @param nanoTime the nanosecond clock
   * @param newest the newest number in the cluster's sequence of probes and reports
   */
  record Moment(Instant now, long nanoTime, long newest) {}

  /**
   * How long a silent server is waited for.
   *
   * @param writer a writer without a successor
   * @param standby a standby
   */
  record Patience(Duration writer, Duration standby) {}

  /** How many attempts in a row a standby leaves unanswered, at least, before it is given up. */
  static final int MISSES_OF_A_STANDBY = 3;

  static final Health UNPROBED =
      new Health(
          Availability.UNPROBED,
          null,
          null,
          null,
          0,
          false,
          0,
          0,
          AnswerRun.NONE,
          AddressUse.UNKNOWN,
          false);

  /** What is known after one more attempt. */
  Health after(Observation observation, Moment moment, Patience patience) {
    if (observation instanceof Observation.Answered answered) {
      return afterAnswer(answered, moment);
    }
    if (observation instanceof Observation.ConnectionLost lost) {
      return afterLoss(lost);
    }
    if (observation instanceof Observation.Released) {
      return withHeld(false); // Nothing else is known by that than before.
    }
    if (observation instanceof Observation.Silent silent) {
      return afterSilence(silent, moment.nanoTime(), patience);
    }
    if (observation instanceof Observation.Unreachable unreachable) {
      return isStale(unreachable) ? this : afterNobody(unreachable);
    }
    if (observation instanceof Observation.Refused refused) {
      return isStale(refused) ? this : afterRefusal(refused);
    }
    if (observation instanceof Observation.Inconclusive inconclusive) {
      return isStale(inconclusive) ? this : afterNothing(inconclusive);
    }
    throw new IllegalArgumentException("unknown kind of observation: " + observation);
  }

  /** Attempts overlap; what began earlier and ends later tells nothing new about the server. */
  private boolean isStale(Observation observation) {
    return observation.sequence() < asOf;
  }

  private Health afterAnswer(Observation.Answered answered, Moment moment) {
    boolean nowHeld = held || answered.overHeldConnection();
    if (isStale(answered)) {
      return withHeld(nowHeld);
    }
    ServerStatus before = status;
    boolean isTheSame = before != null && before.startedAt().equals(answered.status().startedAt());
    return new Health(
        Availability.UP,
        answered.status(),
        moment.now(),
        null,
        answered.sequence(),
        nowHeld,
        0,
        0,
        run.afterAnswer(answered, isTheSame, moment.newest()),
        address.afterAnswer(answered, before, answeredAt),
        answered.pooled());
  }

  /** The run goes on for now: the next attempt, which begins at once, says whether it does. */
  private Health afterLoss(Observation.ConnectionLost lost) {
    if (isStale(lost) || availability == Availability.DOWN) {
      return withHeld(false);
    }
    return failed(Availability.SUSPECT, status, lost.failure(), lost.sequence(), false, run);
  }

  private Health afterSilence(Observation.Silent silent, long nanoTime, Patience patience) {
    boolean nowHeld = held && !silent.overHeldConnection();
    if (isStale(silent)) {
      return withHeld(nowHeld);
    }
    boolean poolerAnswers = pooled && silent.letIn();
    long since = missed == 0 || poolerAnswers ? nanoTime : silentSince;
    Availability next =
        givesUp(missed + 1, nanoTime - since, patience) ? Availability.DOWN : Availability.SUSPECT;
    return new Health(
        next,
        status,
        answeredAt,
        silent.failure(),
        silent.sequence(),
        nowHeld,
        missed + 1,
        since,
        run.broken(),
        nowHeld ? address : address.withoutHeld(),
        pooled);
  }

  private boolean givesUp(int misses, long silentNanos, Patience patience) {
    if (availability == Availability.DOWN || availability == Availability.UNPROBED) {
      return true;
    }
    if (status != null && !status.standby()) {
      return silentNanos >= patience.writer().toNanos();
    }
    return misses >= MISSES_OF_A_STANDBY && silentNanos >= patience.standby().toNanos();
  }

  private Health afterNobody(Observation.Unreachable unreachable) {
    boolean isEvidence = !held && (!address.isShared() || availability == Availability.DOWN);
    return failed(
        isEvidence ? Availability.DOWN : Availability.SUSPECT,
        status,
        unreachable.failure(),
        unreachable.sequence(),
        held,
        held ? run : run.broken());
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
        held,
        held ? run : run.broken());
  }

  /**
   * While the monitor's own connection is there, its answers count. What is noted here is no news
   * of the server, so it does not count as one.
   */
  private Health afterNothing(Observation.Inconclusive inconclusive) {
    Availability next =
        availability == Availability.DOWN || (held && availability == Availability.UP)
            ? availability
            : Availability.SUSPECT;
    return failed(
        next,
        status,
        inconclusive.failure(),
        held ? asOf : inconclusive.sequence(),
        held,
        held ? run : run.broken());
  }

  private Health failed(
      Availability next,
      @Nullable ServerStatus nextStatus,
      SQLException nextFailure,
      long sequence,
      boolean nextHeld,
      AnswerRun nextRun) {
    return new Health(
        next,
        nextStatus,
        answeredAt,
        nextFailure,
        sequence,
        nextHeld,
        missed,
        silentSince,
        nextRun,
        nextHeld ? address : address.withoutHeld(),
        pooled);
  }

  /** Whether it was asked after another run of answers had begun, and answers. */
  boolean answeredSince(AnswerRun other) {
    return availability == Availability.UP && other.isUnbroken() && asOf > other.since();
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
            silentSince,
            run,
            address,
            pooled);
  }

  /** The same, with or without a connection that the monitor holds. */
  Health withHeld(boolean nowHeld) {
    return new Health(
        availability,
        status,
        answeredAt,
        failure,
        asOf,
        nowHeld,
        missed,
        silentSince,
        run,
        nowHeld ? address : address.withoutHeld(),
        pooled);
  }

  /** The same of an endpoint that was not monitored for a while: it may have been away. */
  Health unwatched() {
    Health released = withHeld(false);
    return new Health(
        availability,
        status,
        answeredAt,
        failure,
        asOf,
        false,
        missed,
        silentSince,
        run.broken(),
        released.address(),
        pooled);
  }
}

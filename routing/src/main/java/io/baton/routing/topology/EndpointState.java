package io.baton.routing.topology;

import io.baton.routing.consistency.Lsn;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one endpoint, as a part of a {@link Topology}.
 *
 * @param listed which one, and what the list says of it
 * @param role what it is good for in this snapshot; never more than it says of itself, and less
 *     where what it says is void
 * @param availability whether it can be used
 * @param status what it last said; null if it never answered, or has been down since and refuses
 *     now
 * @param capabilities what it has to offer; null while it was not asked
 * @param answeredAt when it last answered; null if it never did
 * @param lagBytes how many bytes of log it has still to replay to be where the writer was when the
 *     writer last answered; empty for writers and where it is not known
 * @param failure what the last attempt to talk to it came to, if that failed; null after an answer
 * @param problem why it is not what it says it is, for people; null if all is well
 * @param abortReason why connections to it are to be aborted; null if they are not
 * @param pooled whether a pooler lets clients in there, as the last answer has shown
 * @param asOf the place, in the cluster's sequence of probes and reports, of the probe that found
 *     this out
 */
public record EndpointState(
    ListedEndpoint listed,
    Role role,
    Availability availability,
    @Nullable ServerStatus status,
    @Nullable Capabilities capabilities,
    @Nullable Instant answeredAt,
    OptionalLong lagBytes,
    @Nullable SQLException failure,
    @Nullable String problem,
    @Nullable String abortReason,
    boolean pooled,
    long asOf) {

  /** The state before anything was asked. */
  public static EndpointState unprobed(ListedEndpoint listed) {
    return new EndpointState(
        listed,
        Role.UNKNOWN,
        Availability.UNPROBED,
        null,
        null,
        null,
        OptionalLong.empty(),
        null,
        null,
        null,
        false,
        0);
  }

  /** Which endpoint it is. */
  public Endpoint endpoint() {
    return listed.endpoint();
  }

  /** Whether new work may be placed here: it answers, and is not being drained. */
  public boolean isUsable() {
    return availability == Availability.UP && role != Role.UNKNOWN;
  }

  /** Whether somebody is there who accepts connections, and did not answer in time. */
  public boolean isSilent() {
    return failure != null && FailureKind.isOfAServerThatAccepts(failure);
  }

  /** Whether this was found out by a probe that began after the failure was reported. */
  public boolean isNewerThan(FailureReport report) {
    return asOf > report.sequence();
  }

  /** Whether it answers, and says that it takes writes, whatever the rules make of it. */
  public boolean takesWrites() {
    return status != null && !status.standby() && availability.answers();
  }

  /** The writer's insert position or a standby's replay position; null if not known. */
  public @Nullable Lsn lsn() {
    return status == null ? null : status.lsn();
  }

  /** How old the data is that a standby shows; null for writers and where it is not known. */
  public @Nullable Duration replayLag() {
    return status == null ? null : status.replayLag();
  }

  /** Whether this differs from another state of the endpoint in more than numbers and times. */
  boolean differsInSubstance(EndpointState other) {
    return !listed.equals(other.listed)
        || role != other.role
        || availability != other.availability
        || timelineOrZero() != other.timelineOrZero()
        || !java.util.Objects.equals(problem, other.problem);
  }

  private long timelineOrZero() {
    return status == null ? 0 : status.timeline();
  }

  /** One line for people, as of now. */
  public String describe() {
    return describe(Instant.now());
  }

  /** One line for people. */
  String describe(Instant snapshotTakenAt) {
    StringBuilder line = new StringBuilder().append(endpoint()).append(": ").append(availability);
    if (role != Role.UNKNOWN) {
      line.append(' ').append(role);
    } else if (status != null) {
      line.append(" (said it was a ").append(status.standby() ? "standby" : "writer").append(')');
    }
    if (status != null) {
      line.append(", timeline ").append(status.timeline());
      if (status.lsn() != null) {
        line.append(", at ").append(status.lsn());
      }
    }
    if (role == Role.READER && lagBytes.isPresent()) {
      line.append(", ").append(lagBytes.getAsLong()).append(" bytes behind");
    }
    if (problem != null) {
      line.append(", ").append(problem);
    }
    if (failure != null) {
      line.append(", ").append(FailureText.of(failure));
    }
    if (answeredAt != null) {
      long age = Math.max(0, Duration.between(answeredAt, snapshotTakenAt).toMillis());
      line.append(", last answer ").append(age).append(" ms ago");
    }
    return line.toString();
  }
}

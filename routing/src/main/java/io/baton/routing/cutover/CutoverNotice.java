package io.baton.routing.cutover;

import io.baton.routing.topology.Endpoint;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the old database says of a cut over.
 *
 * @param id which one it is
 * @param stage how far it has come
 * @param successor the servers that the sessions are to go to; not empty
 * @param identifier the system identifier of the successor
 * @param left how long it may stay in this stage from then on, unless that is final: after that,
 *     everybody may take it back. By the clock of the old database; negative if it is over
 * @param changed when the stage began, in microseconds of the clock of the old database
 * @param sampling how long reads of the application are to be sampled, to be run on both sides;
 *     null if they are not. It means something in a rehearsal only
 */
public record CutoverNotice(
    UUID id,
    CutoverStage stage,
    List<Endpoint> successor,
    long identifier,
    Duration left,
    long changed,
    @Nullable Duration sampling) {

  /** Makes a notice of copies. */
  public CutoverNotice {
    successor = List.copyOf(successor);
  }
}

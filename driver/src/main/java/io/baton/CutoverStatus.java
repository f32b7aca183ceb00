package io.baton;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * What the old database says of its newest cut over. Immutable.
 *
 * @param id which one it is
 * @param stage {@code announced}, {@code gated}, {@code fenced}, {@code opened} or {@code taken
 *     back}
 * @param successor the servers that sessions go to, as {@code host:port} with commas between
 * @param changed since when, by the clock of the old database
 * @param left how long the stage may last from now on; negative if that is over. It means nothing
 *     once it is over
 * @param note why it was taken back, for people; empty if it was not
 * @param members what the programs that take part have reported
 */
public record CutoverStatus(
    UUID id,
    String stage,
    String successor,
    Instant changed,
    Duration left,
    String note,
    List<CutoverMember> members) {

  /** Makes a status of copies. */
  public CutoverStatus {
    members = List.copyOf(members);
  }

  /** Whether it has opened or was taken back. */
  public boolean isOver() {
    return stage.equals("opened") || stage.equals("taken back");
  }
}

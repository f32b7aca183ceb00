package io.baton.routing.topology;

import io.baton.routing.consistency.Lsn;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a server says about itself in one round trip, as any role may ask it.
 *
 * @param standby whether it is in recovery: a standby, or a server that is still starting
 * @param systemIdentifier the number that all servers of one cluster share, from {@code initdb};
 *     where servers show none, the same for all
 * @param timeline on a writer, the timeline it writes; on a standby, a timeline it is known to have
 *     follow. To a role that is no member of {@code pg_monitor}, one that follows a promotion goes
 *     on showing the old one until its next restart point: take it as "at least". 0 where there are
 *     no timelines
 * @param lsn on a writer, where the next record will be inserted; on a standby, the end of the last
 *     record replayed. Null on a standby that has replayed nothing yet, and where there are no
 *     positions
 * @param receivedLsn on a standby, how far it has received the log; null elsewhere and if it never
 *     streamed
 * @param streaming on a standby, whether it has a WAL receiver running
 * @param replayLag on a standby, how old the data is that it shows: zero if it streams and has
 *     replayed all it received, otherwise the age of the last transaction it replayed; null if it
 *     has replayed none, and on a writer
 * @param startedAt when its postmaster started: with the system identifier, which server this is
 * @param serverVersion the server's {@code server_version_num}, such as 180000
 */
public record ServerStatus(
    boolean standby,
    long systemIdentifier,
    long timeline,
    @Nullable Lsn lsn,
    @Nullable Lsn receivedLsn,
    boolean streaming,
    @Nullable Duration replayLag,
    Instant startedAt,
    int serverVersion) {

  private static final int MAJOR = 10_000;

  /** The version of the server for people, such as {@code 17.4}. */
  public String version() {
    return serverVersion / MAJOR + "." + serverVersion % MAJOR;
  }

  /** The same with another lag. */
  ServerStatus withReplayLag(Duration newReplayLag) {
    return new ServerStatus(
        standby,
        systemIdentifier,
        timeline,
        lsn,
        receivedLsn,
        streaming,
        newReplayLag,
        startedAt,
        serverVersion);
  }
}

package io.baton.engine;

import io.baton.BatonException.Interruption;
import io.baton.BatonException.Outcome;
import io.baton.NoServerException;
import io.baton.failover.FailoverEnd;
import io.baton.failover.Failovers;
import io.baton.failover.ReplayGate;
import io.baton.jdbc.options.AutocommitWrites;
import io.baton.jdbc.options.BatonOption;
import io.baton.jdbc.options.BatonUrl;
import io.baton.jdbc.options.CommitOutcome;
import io.baton.jdbc.options.Replay;
import io.baton.jdbc.options.RequestEnd;
import io.baton.session.SessionTracker;
import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The parts that a session is made of.
 *
 * @param cluster its share in the cluster
 * @param opener opens its connections
 * @param connections the connections it has
 * @param placement has it use the right one of them
 * @param rebuild brings a connection in step with it
 * @param move takes it to another server after a loss
 * @param moves takes it to another server on request
 * @param failovers counts what the losses of servers did
 * @param routing where its statements are to run
 * @param recorder what its calls did
 * @param keys what it drew from sequences
 * @param notes the evidence of its COMMITs
 * @param comparedWrites has its writes compared by a replay; null if they are not
 * @param client what the application set on it
 * @param gate where it waits for the replays of others
 * @param member what it is to others that wait there
 * @param stop what ends a call from another thread
 * @param close closes it
 */
record SessionParts(
    ClusterHandle cluster,
    ConnectionOpener opener,
    SessionConnections connections,
    ConnectionPlacement placement,
    SessionRebuild rebuild,
    SessionMove move,
    PlannedMoves moves,
    Failovers failovers,
    SessionRouting routing,
    CallRecorder recorder,
    SessionKeys keys,
    CommitEvidenceNotes notes,
    @Nullable ComparedWrites comparedWrites,
    ClientSettings client,
    ReplayGate gate,
    ReplayGate.Member member,
    SessionStop stop,
    Runnable close) {

  /**
   * Makes the parts of a session, with its first connection.
   *
   * @param calls the lock of its calls
   * @throws SQLException what the server said, untouched; or {@link NoServerException} if there is
   *     no server in time
   */
  static SessionParts of(
      ClusterHandle cluster,
      boolean readOnly,
      ReentrantLock calls,
      ReplayGate.Member member,
      Runnable close)
      throws SQLException {
    BatonUrl url = cluster.url();
    SessionStop stop = new SessionStop();
    ClientSettings client = new ClientSettings(readOnly);
    CommitEvidenceNotes notes =
        new CommitEvidenceNotes(
            restores(url) ? url.option(BatonOption.COMMIT_OUTCOME) : CommitOutcome.NONE);
    ComparedWrites comparedWrites =
        replays(url) && url.option(BatonOption.REPLAY_STRICT)
            ? new ComparedWrites(cluster.catalogue())
            : null;
    CallRecorder recorder =
        new CallRecorder(
            cluster.catalogue(),
            new ProtectionAccount(cluster.protection()),
            url.option(BatonOption.JOURNAL_MAX_BYTES),
            replays(url),
            protects(url),
            comparedWrites,
            new SessionTracker(
                cluster.catalogue(),
                cluster.ownSettingNames(),
                Set.copyOf(url.option(BatonOption.SETTINGS))),
            cluster::tellsTablesApart,
            cluster.readSamples());
    ConnectionOpener opener =
        new ConnectionOpener(
            cluster, recorder::recordedCalls, () -> recorder.tracker().baseline() != null);
    if (restores(url)) {
      cluster.catalogueReading().begin(); // While the session logs in.
    }
    SessionConnections connections = first(cluster, opener, client);
    SessionRebuild rebuild = new SessionRebuild(recorder, client);
    ConnectionPlacement placement = new ConnectionPlacement(cluster, opener, connections, rebuild);
    PlannedMoves moves =
        new PlannedMoves(cluster, opener, connections, recorder, client, calls, stop::isClosed);
    Failovers failovers = cluster.failovers();
    return new SessionParts(
        cluster,
        opener,
        connections,
        placement,
        rebuild,
        new SessionMove(
            opener, connections, placement, rebuild, recorder.tracker(), failovers, moves.number()),
        moves,
        failovers,
        new SessionRouting(cluster, opener.readers().scope(), recorder, client),
        recorder,
        new SessionKeys(cluster.sequenceWatermarks(), notes.areTaken()),
        notes,
        comparedWrites,
        client,
        cluster.replayGate(),
        member,
        stop,
        close);
  }

  private static SessionConnections first(
      ClusterHandle cluster, ConnectionOpener opener, ClientSettings client) throws SQLException {
    try {
      return new SessionConnections(cluster, opener, client);
    } catch (NoServerFound none) {
      throw noServer(none);
    }
  }

  /** What the application is told that there is no server for a session without a call. */
  static NoServerException noServer(NoServerFound none) {
    return new NoServerException(
        String.valueOf(none.getMessage()),
        new Interruption(Outcome.NOT_COMMITTED, "nothing had been sent", null, null),
        none.getCause());
  }

  private static boolean restores(BatonUrl url) {
    return url.option(BatonOption.REPLAY) != Replay.NONE;
  }

  private static boolean replays(BatonUrl url) {
    return url.option(BatonOption.REPLAY) == Replay.TRANSACTION;
  }

  private static boolean protects(BatonUrl url) {
    return restores(url) && url.option(BatonOption.AUTOCOMMIT_WRITES) == AutocommitWrites.PROTECT;
  }

  /** Counts that the session was lost, outside of the recovery of a call. */
  void countLost() {
    try (Failovers.Recovering recovering = failovers.recovering(moves.number())) {
      recovering.leaves(connections.current().physical().endpoint());
      recovering.ended(FailoverEnd.SESSION_LOST);
    }
  }

  /** What becomes of state that a request has left behind. */
  RequestEnd requestEnd() {
    return cluster.url().option(BatonOption.REQUEST_END);
  }

  /** Whether the session is restored after a loss. */
  boolean restores() {
    return restores(cluster.url());
  }

  /** Whether its transactions are replayed. */
  boolean replays() {
    return replays(cluster.url());
  }

  /** Whether its writes outside of a transaction run in one of their own. */
  boolean protects() {
    return protects(cluster.url());
  }

  /** The consistency tokens that it hands out, and is to follow. */
  ConsistencyTokens tokens() {
    return new ConsistencyTokens(cluster, connections, placement);
  }

  /** What its limits are for each call. */
  CallLimits limits() {
    return new CallLimits(opener, cluster, client);
  }

  /** The planner of its recoveries. */
  RecoveryPlanner planner() {
    return new RecoveryPlanner(restores(), cluster.url().option(BatonOption.RETRY_CONFLICTS));
  }
}

package io.baton.engine;

import io.baton.BatonException.Interruption;
import io.baton.BatonException.Outcome;
import io.baton.failover.RecoveryLimits;
import io.baton.failover.RecoveryLimits.Limit;
import io.baton.jdbc.pgjdbc.PgErrors;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.Cluster;
import io.baton.session.sql.CommandKind;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The wait of a session, between two transactions, for a switchover that was announced.
 *
 * <p>It harms no call: while there is a writer, a call whose limits are reached goes on there. What
 * waited while there is none ends as a call does for which no server is found. A connection that
 * was left behind is given up here, so its call was not sent, and is made again at the new writer.
 *
 * <p>A cut over to another cluster is waited for in the same way, but for one thing: a call whose
 * limits are reached does not go on at the old side, where what it writes might be seen by nobody.
 *
 * <p>Guarded by the calls of its session.
 *
 * @param handle its share in the cluster
 * @param stop what ends a call from another thread
 * @param rest where it waits for a cut over
 */
record SwitchoverPause(ClusterHandle handle, SessionStop stop, CutoverRest rest) {

  private static final Logger LOG = LoggerFactory.getLogger(SwitchoverPause.class);

  /**
   * Whether a call is to wait: it would begin a transaction on the writer, or may write outside of
   * one. What is proved to only read, outside of a transaction, can be made again at any time.
   */
  boolean concerns(Call<?, ?> call, SessionConnection placed, TransactionBlock block) {
    Cluster cluster = handle.cluster();
    boolean isHeld =
        (cluster.cutovers().holdsTransactions() && !endsPrepared(call))
            || (placed.isOnWriter() && cluster.awaitsSwitchover());
    return isHeld && !isFree(call, block);
  }

  /**
   * Whether it ends a transaction that was prepared before. A cut over waits for the end of each
   * that is open; a prepared one cannot be carried to another cluster, so its end is not held back.
   * The fence sees it on the old side until its end is in the log there.
   */
  private static boolean endsPrepared(Call<?, ?> call) {
    return call.analysis().isSingleStatement()
        && call.analysis().statements().get(0).kind() == CommandKind.FINISH_PREPARED;
  }

  private static boolean isFree(Call<?, ?> call, TransactionBlock block) {
    return switch (call.effect()) {
      case READ -> block == TransactionBlock.NONE;
      case COMMIT, ROLLBACK -> true;
      case UNPROVED_READ, SESSION, WRITE, MAY_COMMIT -> false;
    };
  }

  /**
   * Waits, and gives up the connection if another server is the writer then.
   *
   * @throws SQLException {@link NoServerFound} if the call was cancelled, or its limits are reached
   *     and there is no writer; the driver's error if the session was closed
   */
  void take(Call<?, ?> call, SessionConnection placed, RecoveryLimits limits) throws SQLException {
    Cluster cluster = handle.cluster();
    long timeline = handle.timeline();
    stop.begun(call.target().cancelledAs(), limits);
    RecoveryLimits.Guard waking = limits.onStop(cluster::wakeWaiters);
    try (waking) {
      cluster.awaitSwitchover(limits.remaining(), limits::isStopped);
      rest.await(limits);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt(); // The driver's calls are not interrupted either.
    } finally {
      stop.ended();
    }
    if (limits.reached() == Limit.CLOSED) {
      throw closed(placed);
    }
    if (cluster.cutovers().holdsTransactions()) {
      throw new NoServerFound(
          "A cut over to another cluster did not end in time", cluster.topology().describe(), null);
    }
    if (cluster.cutovers().isLeft(placed.physical().endpoint())) {
      return;
    }
    if (limits.isStopped() || (limits.isOver() && !handle.hasWriter())) {
      throw new NoServerFound(
          "There was no server that takes writes in time after a switchover was announced",
          cluster.topology().describe(),
          null);
    }
    leaveIfLeftBehind(placed.physical(), timeline);
  }

  /** A session was closed while one of its calls waited for a server, not sent yet: 08003. */
  static SQLException closed(SessionConnection current) {
    return PgErrors.closed(
        new Interruption(
            Outcome.NOT_COMMITTED,
            "nothing had been sent",
            current.physical().endpoint().toString(),
            null),
        null);
  }

  private void leaveIfLeftBehind(PhysicalConnection physical, long timelineBefore) {
    boolean elsewhere = handle.hasWriter() && !handle.isWriter(physical.endpoint());
    if (elsewhere || handle.timeline() > timelineBefore) {
      physical.abort("the switchover that was announced took place");
      return;
    }
    try {
      physical.noticeEnd();
    } catch (SQLException gone) {
      LOG.debug("{} is gone after the wait for a switchover", physical.endpoint(), gone);
    }
  }
}

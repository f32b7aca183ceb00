package io.baton.failover.cutover;

import io.baton.routing.cutover.CutoverStage;
import io.baton.routing.topology.FailureText;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives one cut over to a cluster that logical replication has filled.
 *
 * <p>The stages are those of the row in the old database ({@link CutoverStage}), and each is gone
 * to by one statement that fails if somebody has taken the cut over back. Until it is opened
 * everything can be taken back, and is, whatever goes wrong. If this program dies, the row stays in
 * its stage until its time is over; then any JVM that takes part takes it back, with the fence. So
 * a cut over never stays in between.
 *
 * <p>What is not known is said: if the old server does not answer whether the last statement took
 * place, {@link SQLException} with that server's error; the row says how it ended.
 *
 * <p>Used by one thread.
 */
public final class CutoverRun {

  private static final Logger LOG = LoggerFactory.getLogger(CutoverRun.class);

  private static final long PAUSE_NANOS = Duration.ofMillis(5).toNanos();

  /** How long members may take to leave the old side once it is opened, before they are ended. */
  private static final Duration FAREWELL = Duration.ofSeconds(30);

  /** How far the new side may be behind when the gate is closed, if there is no hurry. */
  private static final Duration CLOSE = Duration.ofMillis(200);

  private final CutoverPlan plan;
  private final Connection old;
  private final Connection successor;
  private final Consumer<CutoverStage> observer;
  private final CutoverRow row;
  private final CutoverMembers members;

  /** The operator's own; null if the old database refuses writes by itself. */
  private final @Nullable FenceOrder fence;

  /** Whether it may have opened. */
  private boolean isOpening;

  private int sequences;
  private long gatedAt;
  private long fencedAt;
  private long endedAt;

  /** That of the old cluster. */
  private long predecessor;

  private CutoverRun(
      CutoverPlan plan,
      @Nullable OwnFence fence,
      Connection old,
      Connection successor,
      Consumer<CutoverStage> observer) {
    this.plan = plan;
    this.observer = observer;
    this.old = old;
    this.successor = successor;
    this.row = new CutoverRow(old);
    this.members = new CutoverMembers(old, row);
    this.fence = fence == null ? null : new FenceOrder(fence, row.id());
  }

  /** Creates the tables and functions of cut overs; does nothing if they are there. */
  public static void create(Connection connection) throws SQLException {
    CutoverSchema.create(connection);
  }

  /**
   * Cuts over.
   *
   * @param fence of the operator's own; null for that of the old database
   * @param oldDatabase leads to the writer of the old database, as a superuser, or as its owner
   *     with the privileges of {@code pg_signal_backend} and {@code pg_read_all_stats}
   * @param newDatabase leads to the writer of the new database, as the owner of the subscription,
   *     or a superuser
   * @param observer is told of each stage as it begins; what it throws ends the program, as a crash
   *     would
   * @return how it ended
   * @throws SQLException if a server fails, and it is not known how it ended
   */
  public static CutoverReport run(
      CutoverPlan plan,
      @Nullable OwnFence fence,
      DataSource oldDatabase,
      DataSource newDatabase,
      Consumer<CutoverStage> observer)
      throws SQLException {
    try (Connection old = oldDatabase.getConnection();
        Connection successor = newDatabase.getConnection()) {
      Armour.put(old);
      Armour.put(successor);
      CutoverReport report = new CutoverRun(plan, fence, old, successor, observer).run(oldDatabase);
      Armour.takeOff(old);
      Armour.takeOff(successor);
      return report;
    }
  }

  private CutoverReport run(DataSource oldDatabase) throws SQLException {
    String reason;
    try {
      CarriedTables tables = prepare();
      gate();
      fence(tables);
      open();
      farewell();
      return report(true, "");
    } catch (CutoverRefusedException refused) {
      reason = FailureText.message(refused);
    } catch (SQLException failure) {
      LOG.warn("The cut over {} failed", row.id(), failure);
      reason = FailureText.message(failure);
    }
    return takenBack(oldDatabase, reason);
  }

  private CutoverReport report(boolean opened, String reason) {
    CutoverReport report =
        new CutoverReport(
            opened, reason, since(gatedAt), since(fencedAt), members.count(), sequences);
    LOG.info("{}", report);
    return report;
  }

  private Duration since(long begun) {
    return begun == 0 ? Duration.ZERO : Duration.ofNanos(endedAt - begun);
  }

  /** Takes it back on a connection that works, unless it turns out to be opened. */
  private CutoverReport takenBack(DataSource oldDatabase, String reason) throws SQLException {
    if (fence != null && !isOpening) {
      fence.open();
    }
    CutoverRow.Ended ended = row.takenBackOn(oldDatabase, reason);
    endedAt = System.nanoTime();
    boolean opened = ended.stage() == CutoverStage.OPENED;
    if (fence != null && !opened) {
      fence.open();
    }
    return report(opened, opened ? "" : ended.reason());
  }

  // ------------------------------------------------------------------------------- the stages

  private CarriedTables prepare() throws SQLException, CutoverRefusedException {
    long identifier = systemIdentifier(successor);
    predecessor = systemIdentifier(old);
    if (identifier == predecessor) {
      throw new CutoverRefusedException(
          "both connections lead to servers of one cluster: use a switchover");
    }
    CutoverFence.requireSight(old);
    CutoverSchema.create(successor);
    CutoverSchema.create(old);
    Duration limit = plan.joinTime().plus(plan.prepareTime()).plus(CutoverPlan.MARGIN);
    ReplicatedMarker.prepare(old, successor, after(plan.prepareTime()));
    CarriedTables seen = CarriedTables.seen(old, successor);
    row.announce(plan, identifier, limit);
    Timestamp announced = CutoverFence.now(old);
    observer.accept(CutoverStage.ANNOUNCED);
    long joined = after(plan.joinTime());
    long prepared = after(plan.joinTime().plus(plan.prepareTime()));
    while (System.nanoTime() - joined < 0) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    members.awaitWatchers(announced, prepared);
    members.await(CutoverStage.ANNOUNCED, prepared);
    awaitCloseness(prepared);
    return seen;
  }

  /**
   * Waits until the new side is close behind, since what it is behind is a part of the pause. If it
   * does not come close, there may be just time enough.
   *
   * @param deadline of {@link System#nanoTime}
   * @throws CutoverRefusedException if the pause would not be kept
   */
  private void awaitCloseness(long deadline) throws SQLException, CutoverRefusedException {
    Duration nearest = plan.pause();
    for (; ; ) {
      Duration left = Duration.ofNanos(deadline - System.nanoTime());
      if (left.isNegative()) {
        break;
      }
      Duration lag =
          ReplicatedMarker.lag(
              old, successor, left.compareTo(plan.pause()) < 0 ? left : plan.pause());
      if (lag.compareTo(CLOSE) <= 0) {
        return;
      }
      nearest = lag.compareTo(nearest) < 0 && lag.compareTo(left) < 0 ? lag : nearest;
      members.requireOngoing(CutoverStage.ANNOUNCED);
      LockSupport.parkNanos(10 * PAUSE_NANOS);
    }
    if (nearest.compareTo(plan.pause()) >= 0) {
      throw new CutoverRefusedException(
          "the new database is behind by more than the pause of %d ms"
              .formatted(plan.pause().toMillis()));
    }
  }

  private void gate() throws SQLException, CutoverRefusedException {
    gatedAt = System.nanoTime();
    Duration limit = plan.drainTime().plus(CutoverPlan.MARGIN);
    if (!row.advance(CutoverStage.ANNOUNCED, CutoverStage.GATED, limit)) {
      throw new CutoverRefusedException("it was taken back while the sessions were prepared");
    }
    observer.accept(CutoverStage.GATED);
    long deadline = after(limit);
    members.await(CutoverStage.GATED, deadline);
    CutoverFence.awaitNonePrepared(old, deadline);
  }

  private void fence(CarriedTables tables) throws SQLException, CutoverRefusedException {
    fencedAt = System.nanoTime();
    long deadline = after(plan.pause());
    if (fence == null) {
      CutoverFence.close(old, row, plan.pause(), true);
    } else {
      // Those who take part wait a little longer, for it is to be open when they go on here.
      CutoverFence.close(old, row, plan.pause().plus(CutoverPlan.MARGIN), false);
      fence.close(
          plan.pause().plus(CutoverPlan.MARGIN), Duration.ofNanos(deadline - System.nanoTime()));
    }
    observer.accept(CutoverStage.FENCED);
    long closedAt = System.nanoTime();
    CutoverFence.awaitSilence(old, members.backends(), deadline);
    long silentAt = System.nanoTime();
    tables.requireNoOthers(old, successor);
    ReplicatedMarker.pass(old, successor, row.id(), deadline);
    long arrivedAt = System.nanoTime();
    sequences = SequenceTransfer.make(old, successor);
    LOG.info(
        "Members at rest after {} ms; then: fence closed {} ms, nobody writes {} ms, last writes"
            + " arrived {} ms, sequences set {} ms",
        millis(gatedAt, fencedAt),
        millis(fencedAt, closedAt),
        millis(closedAt, silentAt),
        millis(silentAt, arrivedAt),
        millis(arrivedAt, System.nanoTime()));
    if (System.nanoTime() - deadline >= 0) {
      throw new CutoverRefusedException("it took longer than " + plan.pause().toMillis() + " ms");
    }
  }

  private void open() throws SQLException, CutoverRefusedException {
    isOpening = true;
    if (!row.advance(CutoverStage.FENCED, CutoverStage.OPENED, Duration.ZERO)) {
      throw new CutoverRefusedException("its time was over before it could be opened");
    }
    endedAt = System.nanoTime();
    observer.accept(CutoverStage.OPENED);
  }

  /** What goes wrong here changes nothing any more. */
  private void farewell() {
    try {
      recordOpening();
      ReplicatedMarker.end(successor);
      members.await(CutoverStage.OPENED, after(FAREWELL));
      CutoverFence.awaitSilence(old, List.of(), after(FAREWELL));
    } catch (SQLException | CutoverRefusedException late) {
      LOG.warn("The cut over is done; on the old side something was left behind", late);
    }
  }

  /** For programs that begin when there are no old servers any more to ask. */
  private void recordOpening() throws SQLException {
    try (PreparedStatement insert =
        successor.prepareStatement(
            "insert into baton.cutover_opened (id, predecessor, identifier)"
                + " select ?, ?, system_identifier from pg_catalog.pg_control_system()")) {
      insert.setObject(1, row.id());
      insert.setLong(2, predecessor);
      insert.executeUpdate();
    }
  }

  private static long millis(long from, long to) {
    return Duration.ofNanos(to - from).toMillis();
  }

  private static long after(Duration duration) {
    return System.nanoTime() + duration.toNanos();
  }

  static long systemIdentifier(Connection connection) throws SQLException {
    try (Statement query = connection.createStatement();
        ResultSet rows =
            query.executeQuery("select system_identifier from pg_catalog.pg_control_system()")) {
      rows.next();
      return rows.getLong(1);
    }
  }
}

package io.baton;

import io.baton.failover.cutover.CutoverPlan;
import io.baton.failover.cutover.CutoverRecord;
import io.baton.failover.cutover.CutoverRehearsal;
import io.baton.failover.cutover.CutoverReport;
import io.baton.failover.cutover.CutoverRun;
import io.baton.failover.cutover.OwnFence;
import io.baton.failover.cutover.RehearsalRun;
import io.baton.routing.topology.Endpoint;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Moves running applications to another cluster, of another version perhaps, that follows theirs by
 * logical replication: a cut over. The page "Moving to another cluster" of the guide says what has
 * to be prepared, and what each step does.
 *
 * <pre>{@code
 * CutoverResult result =
 *     BatonCutover.to("h4:5432,h5:5432").run(oldDatabase, newDatabase, System.out::println);
 * }</pre>
 *
 * <p>Every application that uses the old database through Baton, and watches its servers ({@code
 * baton.heartbeat}), takes part by itself. Immutable, so safe for use by many threads; each {@link
 * #run} drives one cut over.
 */
public final class BatonCutover {

  private static final Duration JOIN = Duration.ofSeconds(3);
  private static final Duration PREPARE = Duration.ofSeconds(60);
  private static final Duration DRAIN = Duration.ofSeconds(30);
  private static final Duration PAUSE = Duration.ofSeconds(2);

  private final CutoverPlan plan;
  private final @Nullable Duration sampling;
  private final @Nullable WriteFence fence;

  private BatonCutover(CutoverPlan plan, @Nullable Duration sampling, @Nullable WriteFence fence) {
    this.plan = plan;
    this.sampling = sampling;
    this.fence = fence;
  }

  private BatonCutover with(CutoverPlan other) {
    return new BatonCutover(other, sampling, fence);
  }

  /**
   * Creates the schema {@code baton} with the tables and functions of cut overs; does nothing if
   * they are there. {@link #run} does it by itself; it is for those who want to see them first.
   *
   * @param connection a connection to the writer, as the owner of the database or a superuser;
   *     without autocommit, the caller commits
   * @throws SQLException 42501 if the role lacks the privilege
   */
  public static void create(Connection connection) throws SQLException {
    CutoverRun.create(connection);
  }

  /**
   * Looks at both sides and says what would keep a cut over from going through, and what the
   * applications would find changed. It changes nothing and can be repeated at any time. If none of
   * the findings is an obstacle: go.
   *
   * @param oldDatabase as for {@link #run}
   * @param newDatabase as for {@link #run}
   * @throws SQLException if a server fails; 55P03 if a table is locked for long
   */
  public static List<CutoverFinding> rehearse(DataSource oldDatabase, DataSource newDatabase)
      throws SQLException {
    try (Connection old = oldDatabase.getConnection();
        Connection successor = newDatabase.getConnection()) {
      return CutoverRehearsal.rehearse(old, successor).stream()
          .map(found -> new CutoverFinding(found.obstacle(), found.what(), found.remedy()))
          .toList();
    }
  }

  /**
   * The same with the applications: each sees whether it reaches the servers of this cut over, logs
   * in, and rebuilds one session of each kind that it has open, as it is now, on a connection of
   * its own that is closed then. Nothing waits for it, and no session is touched.
   *
   * <p>It is a cut over that is taken back after its first stage, so it writes to tables of the
   * schema {@code baton} in both databases, which it makes if they are not there, and to nothing
   * else. It takes {@link #joinTime} at least, and {@link #prepareTime} longer at most. It can be
   * repeated at any time, but not while a cut over is under way.
   *
   * @param oldDatabase as for {@link #run}
   * @param newDatabase as for {@link #run}
   * @return what was found; if none is an obstacle: go
   * @throws SQLException if a server fails; 55P03 if a table is locked for long
   */
  public RehearsalResult rehearseWithApplications(DataSource oldDatabase, DataSource newDatabase)
      throws SQLException {
    return new RehearsalResult(RehearsalRun.run(plan, sampling, oldDatabase, newDatabase));
  }

  /**
   * A cut over to these servers.
   *
   * @param endpoints the servers of the new cluster as the applications reach them, {@code
   *     host:port} with commas between
   * @throws IllegalArgumentException if one is malformed
   */
  public static BatonCutover to(String endpoints) {
    List<Endpoint> successor =
        Arrays.stream(endpoints.split(",", -1)).map(String::strip).map(Endpoint::parse).toList();
    return new BatonCutover(new CutoverPlan(successor, JOIN, PREPARE, DRAIN, PAUSE), null, null);
  }

  /**
   * The same with another time for JVMs to notice the announcement: a little more than their {@code
   * baton.heartbeat}. 3 s at first.
   */
  public BatonCutover joinTime(Duration time) {
    return with(
        new CutoverPlan(
            plan.successor(), time, plan.prepareTime(), plan.drainTime(), plan.pause()));
  }

  /**
   * The same with another time for sessions to open and prepare their connections to the new
   * cluster, while they go on working. 60 s at first.
   */
  public BatonCutover prepareTime(Duration time) {
    return with(
        new CutoverPlan(plan.successor(), plan.joinTime(), time, plan.drainTime(), plan.pause()));
  }

  /**
   * The same with another time for open transactions to end. Those that take longer are rolled back
   * and replayed at the new cluster, with all that a replay verifies. 30 s at first. An application
   * waits for half of its own {@code baton.cutoverPause} at most.
   */
  public BatonCutover drainTime(Duration time) {
    return with(
        new CutoverPlan(plan.successor(), plan.joinTime(), plan.prepareTime(), time, plan.pause()));
  }

  /**
   * The same with another limit for how long the old database may refuse writes before the new
   * cluster is opened. What takes longer is taken back. 2 s at first.
   */
  public BatonCutover pause(Duration limit) {
    return with(
        new CutoverPlan(
            plan.successor(), plan.joinTime(), plan.prepareTime(), plan.drainTime(), limit));
  }

  /**
   * The same with reads of the applications sampled for this long by {@link
   * #rehearseWithApplications}, and then run on both sides and compared, which takes a minute more
   * at most. They are not at first.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public BatonCutover sampleReads(Duration time) {
    if (time.isZero() || time.isNegative()) {
      throw new IllegalArgumentException("reads cannot be sampled for " + time);
    }
    return new BatonCutover(plan, time, fence);
  }

  /**
   * The same with a fence of one's own: it keeps everybody from writing to the old database, which
   * by itself does so by {@code ALTER DATABASE ... SET default_transaction_read_only}. That is not
   * set then.
   */
  public BatonCutover fence(WriteFence own) {
    return new BatonCutover(plan, sampling, own);
  }

  /**
   * Cuts over, and returns when it is over.
   *
   * @param oldDatabase leads to the writer of the old database, as a superuser, or as its owner
   *     with the privileges of {@code pg_signal_backend} and {@code pg_read_all_stats}
   * @param newDatabase leads to the writer of the new database, as a superuser, or as its owner and
   *     that of the subscription
   * @param progress is told of each stage as it begins: {@code announced}, {@code gated}, {@code
   *     fenced}, {@code opened}
   * @return how it ended: opened, or taken back with the reason
   * @throws SQLException if the old server does not say how it ended. Then the table {@code
   *     baton.cutover} does; if it was not opened, the applications take it back when the time of
   *     its stage is over
   */
  public CutoverResult run(
      DataSource oldDatabase, DataSource newDatabase, Consumer<String> progress)
      throws SQLException {
    CutoverReport report =
        CutoverRun.run(
            plan,
            fence == null ? null : ordered(fence),
            oldDatabase,
            newDatabase,
            stage -> progress.accept(stage.text()));
    return new CutoverResult(
        report.opened(),
        report.reason(),
        report.pause(),
        report.fenced(),
        report.members(),
        report.sequences());
  }

  private static OwnFence ordered(WriteFence own) {
    return new OwnFence() {
      @Override
      public void close(UUID cutover, Duration limit) throws Exception {
        own.close(cutover, limit);
      }

      @Override
      public void open(UUID cutover) throws Exception {
        own.open(cutover);
      }
    };
  }

  /**
   * What the old database says of its newest cut over; empty if there was none.
   *
   * @param oldDatabase leads to the old database, as its owner or a superuser
   * @throws SQLException if the server fails or refuses
   */
  public static Optional<CutoverStatus> status(DataSource oldDatabase) throws SQLException {
    return CutoverRecord.newest(oldDatabase)
        .map(
            found ->
                new CutoverStatus(
                    found.id(),
                    found.stage().text(),
                    found.successor(),
                    found.changed(),
                    found.left(),
                    found.note(),
                    found.members().stream()
                        .map(
                            member ->
                                new CutoverMember(
                                    member.id(),
                                    member.stage().text(),
                                    member.ready(),
                                    member.note(),
                                    member.seen()))
                        .toList()));
  }

  /**
   * Takes back the cut over that is under way, whoever drives it: the applications go on at the old
   * database.
   *
   * @param oldDatabase leads to the writer of the old database, as its owner or a superuser
   * @param reason why, for the one who drives it
   * @return false if none is under way, or it has opened meanwhile
   * @throws SQLException if the server fails or refuses
   */
  public static boolean undo(DataSource oldDatabase, String reason) throws SQLException {
    return CutoverRecord.undo(oldDatabase, reason);
  }
}

package io.baton.failover.cutover;

import io.baton.routing.cutover.CutoverStage;
import io.baton.routing.topology.FailureText;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives one rehearsal in which the applications take part: a cut over that goes no further than
 * its first stage, and is then taken back.
 *
 * <p>It writes to tables of the schema {@code baton} of both databases, which it makes if they are
 * not there, and to nothing else. A rehearsal and a cut over exclude each other. If this program
 * dies, the row stays until its time is over, and then any member takes it back.
 *
 * <p>Used by one thread.
 */
public final class RehearsalRun {

  private static final Logger LOG = LoggerFactory.getLogger(RehearsalRun.class);

  private static final long PAUSE_NANOS = Duration.ofMillis(20).toNanos();

  /**
   * How often something is written on the old side, so that the subscription confirms positions
   * there, though nobody else writes.
   */
  private static final Duration BEAT = Duration.ofMillis(250);

  private static final String UNIQUE_VIOLATION = "23505";

  private final CutoverPlan plan;
  private final @Nullable Duration sampling;
  private final Connection old;
  private final Connection successor;
  private final CutoverRow row;

  private RehearsalRun(
      CutoverPlan plan, @Nullable Duration sampling, Connection old, Connection successor) {
    this.plan = plan;
    this.sampling = sampling;
    this.old = old;
    this.successor = successor;
    this.row = new CutoverRow(old);
  }

  /**
   * Rehearses, from both sides and by the applications.
   *
   * @param sampling how long the applications sample their reads, to run them on both sides then;
   *     null if they are not to
   * @param oldDatabase as for a cut over
   * @param newDatabase as for a cut over
   * @return what was found; without the applications, if the two databases are no pair to cut over
   * @throws SQLException if a server fails
   */
  public static RehearsalReport run(
      CutoverPlan plan, @Nullable Duration sampling, DataSource oldDatabase, DataSource newDatabase)
      throws SQLException {
    try (Connection old = oldDatabase.getConnection();
        Connection successor = newDatabase.getConnection()) {
      List<CutoverFinding> findings = new ArrayList<>(CutoverRehearsal.rehearse(old, successor));
      if (!CutoverRehearsal.arePair(old, successor)) {
        return new RehearsalReport(findings, List.of(), List.of());
      }
      Armour.put(old);
      Armour.put(successor);
      try {
        return new RehearsalRun(plan, sampling, old, successor).run(findings, oldDatabase);
      } finally {
        Armour.takeOff(old);
        Armour.takeOff(successor);
      }
    }
  }

  private RehearsalReport run(List<CutoverFinding> findings, DataSource oldDatabase)
      throws SQLException {
    try {
      CutoverFence.requireSight(old);
      CutoverSchema.create(successor);
      CutoverSchema.create(old);
      row.rehearse(plan, CutoverRun.systemIdentifier(successor), limit(), sampling);
    } catch (CutoverRefusedException refused) {
      return unasked(findings, FailureText.message(refused));
    } catch (SQLException refused) {
      String state = String.valueOf(refused.getSQLState());
      if (UNIQUE_VIOLATION.equals(state)) {
        return unasked(
            findings,
            "a cut over or another rehearsal of this database is under way, or one has opened");
      }
      if (state.startsWith("42")) {
        return unasked(findings, FailureText.message(refused));
      }
      throw refused;
    }
    try {
      return asked(findings);
    } finally {
      row.takenBackOn(oldDatabase, "rehearsal");
    }
  }

  private static RehearsalReport unasked(List<CutoverFinding> findings, String why) {
    List<CutoverFinding> all = new ArrayList<>(findings);
    all.add(
        new CutoverFinding(
            true,
            "The applications could not be asked: " + why,
            "Rehearse again when that is mended, or over."));
    return new RehearsalReport(all, List.of(), List.of());
  }

  private Duration limit() {
    Duration limit =
        plan.joinTime().plus(plan.prepareTime()).plus(CutoverPlan.MARGIN.multipliedBy(3));
    return sampling == null ? limit : limit.plus(sampling).plus(ParticipantRehearsal.COMPARING);
  }

  private RehearsalReport asked(List<CutoverFinding> findings) throws SQLException {
    long begun = System.nanoTime();
    long joined = begun + plan.joinTime().toNanos();
    long over = begun + limit().minus(CutoverPlan.MARGIN).toNanos();
    long beat = begun;
    boolean isStopped = false;
    while (!isStopped && System.nanoTime() - over < 0) {
      LockSupport.parkNanos(PAUSE_NANOS);
      if (System.nanoTime() - beat > BEAT.toNanos()) {
        row.beat();
        beat = System.nanoTime();
        isStopped = row.stage() == CutoverStage.TAKEN_BACK;
      }
      if (System.nanoTime() - joined >= 0
          && row.members().stream().allMatch(member -> member.ready() || member.gone())) {
        break;
      }
    }
    RehearsalReport report =
        MemberFindings.read(old, row.id(), row.members(), isStopped).report(findings);
    row.forgetFindings();
    LOG.info("A rehearsal of a cut over found {}", report.findings());
    return report;
  }
}

package io.baton.failover.cutover;

import io.baton.routing.cutover.CutoverStage;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Those that take part in a cut over, as the one who drives it waits for them.
 *
 * <p>Used by one thread.
 */
final class CutoverMembers {

  private static final Logger LOG = LoggerFactory.getLogger(CutoverMembers.class);

  private static final long PAUSE_NANOS = Duration.ofMillis(5).toNanos();

  /**
   * How long a program that has noticed the announcement may take to report. A session that a
   * pooler lends to monitors is named by nobody.
   */
  private static final Duration REPORTING = Duration.ofSeconds(10);

  private final Connection old;
  private final CutoverRow row;
  private final Set<UUID> gone = new HashSet<>();
  private int count;

  CutoverMembers(Connection old, CutoverRow row) {
    this.old = old;
    this.row = row;
  }

  /** How many there were when they were last waited for. */
  int count() {
    return count;
  }

  /**
   * Waits until each has done what a stage asks for. One that has ended is not waited for: it holds
   * no session any more, and one that it opens anew hears of the cut over first.
   *
   * @param deadline of {@link System#nanoTime}
   * @throws CutoverRefusedException if one has not by then, or the cut over was taken back
   */
  void await(CutoverStage stage, long deadline) throws SQLException, CutoverRefusedException {
    for (; ; ) {
      List<CutoverRow.Member> known = present();
      count = known.size();
      List<String> late =
          known.stream().filter(m -> !isDone(m, stage)).map(CutoverMembers::account).toList();
      if (late.isEmpty()) {
        return;
      }
      if (System.nanoTime() - deadline >= 0) {
        throw new CutoverRefusedException("not ready in time when " + stage.text() + ": " + late);
      }
      if (stage != CutoverStage.OPENED) {
        requireOngoing(stage);
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private List<CutoverRow.Member> present() throws SQLException {
    List<CutoverRow.Member> present = new ArrayList<>();
    for (CutoverRow.Member member : row.members()) {
      if (!member.gone()) {
        present.add(member);
      } else if (gone.add(member.id())) {
        LOG.info("{} has ended, and is not waited for", account(member));
      }
    }
    return present;
  }

  private static boolean isDone(CutoverRow.Member member, CutoverStage stage) {
    int order = member.stage().compareTo(stage);
    return order > 0 || (order == 0 && member.ready());
  }

  private static String account(CutoverRow.Member member) {
    return member.id() + " (" + member.stage().text() + ": " + member.note() + ")";
  }

  /**
   * Waits until every program that watches the old database has noticed the announcement, also one
   * whose machine is slow.
   *
   * @param announced when it was announced, or a little later
   * @param deadline of {@link System#nanoTime}
   * @throws CutoverRefusedException if one does not: it may hang, and would write on the old side
   *     when it comes back; or if the cut over was taken back
   */
  void awaitWatchers(Timestamp announced, long deadline)
      throws SQLException, CutoverRefusedException {
    long reportingSince = System.nanoTime();
    for (; ; ) {
      List<CutoverWatcher> unnamed = CutoverWatcher.unnamed(old, backends(), announced);
      List<CutoverWatcher> deaf = unnamed.stream().filter(one -> !one.hasAsked()).toList();
      if (!deaf.isEmpty()) {
        reportingSince = System.nanoTime();
      }
      boolean isLate = System.nanoTime() - deadline >= 0;
      if (isLate && !deaf.isEmpty()) {
        throw new CutoverRefusedException(
            "not every program that watches the old database has noticed it: " + deaf);
      }
      if (isLate
          || unnamed.isEmpty()
          || System.nanoTime() - reportingSince >= REPORTING.toNanos()) {
        return;
      }
      requireOngoing(CutoverStage.ANNOUNCED);
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  /**
   * Looks whether it goes on.
   *
   * @throws CutoverRefusedException if it was taken back
   */
  void requireOngoing(CutoverStage stage) throws SQLException, CutoverRefusedException {
    if (row.stage() == CutoverStage.TAKEN_BACK) {
      throw new CutoverRefusedException("it was taken back when it was " + stage.text());
    }
  }

  /** The server processes that they have named as theirs. */
  List<Integer> backends() throws SQLException {
    return row.members().stream().flatMap(member -> member.backends().stream()).toList();
  }
}

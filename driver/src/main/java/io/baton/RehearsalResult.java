package io.baton;

import io.baton.failover.cutover.RehearsalReport;
import java.util.List;

/** What a rehearsal of a cut over with the applications has found. Immutable. */
public final class RehearsalResult {

  private final RehearsalReport report;

  RehearsalResult(RehearsalReport report) {
    this.report = report;
  }

  /** Returns what was found on both sides, and by the applications. */
  public List<CutoverFinding> findings() {
    return report.findings().stream()
        .map(found -> new CutoverFinding(found.obstacle(), found.what(), found.remedy()))
        .toList();
  }

  /** Returns whether nothing that was found is an obstacle. */
  public boolean isGo() {
    return report.findings().stream().noneMatch(io.baton.failover.cutover.CutoverFinding::obstacle);
  }

  /** Returns who took part, one for each cluster of each JVM, for people. */
  public List<String> applications() {
    return report.applications();
  }
}

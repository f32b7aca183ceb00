package io.baton.failover.cutover;

import java.util.List;

/**
 * What a rehearsal with the applications found.
 *
 * @param findings what both sides show, and what the applications say
 * @param applications who took part, for people
 */
public record RehearsalReport(List<CutoverFinding> findings, List<String> applications) {

  /** Makes a report of copies. */
  public RehearsalReport {
    findings = List.copyOf(findings);
    applications = List.copyOf(applications);
  }
}

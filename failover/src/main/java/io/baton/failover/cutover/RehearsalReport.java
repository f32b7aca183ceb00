package io.baton.failover.cutover;

import io.baton.failover.reads.ReadComparison;
import java.util.List;

/**
 * What a rehearsal with the applications found.
 *
 * @param findings what both sides show, and what the applications say
 * @param applications who took part, for people
 * @param reads what came of the reads that were run on both sides, one for each that differs in
 *     more than its values
 */
public record RehearsalReport(
    List<CutoverFinding> findings, List<String> applications, List<ReadComparison> reads) {

  /** Makes a report of copies. */
  public RehearsalReport {
    findings = List.copyOf(findings);
    applications = List.copyOf(applications);
    reads = List.copyOf(reads);
  }
}

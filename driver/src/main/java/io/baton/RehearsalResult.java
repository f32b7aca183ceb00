package io.baton;

import io.baton.failover.cutover.ReadFindings;
import io.baton.failover.cutover.RehearsalReport;
import io.baton.failover.reads.ReadCases;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What a rehearsal of a cut over with the applications has found. Immutable. */
public final class RehearsalResult {

  private final RehearsalReport report;

  RehearsalResult(RehearsalReport report) {
    this.report = report;
  }

  /** Returns what was found on both sides, and by the applications. */
  public List<CutoverFinding> findings() {
    return translated(report.findings());
  }

  private static List<CutoverFinding> translated(
      List<io.baton.failover.cutover.CutoverFinding> findings) {
    return findings.stream()
        .map(found -> new CutoverFinding(found.obstacle(), found.what(), found.remedy()))
        .toList();
  }

  /** Returns whether nothing that was found is an obstacle. */
  public boolean isGo() {
    return findings().stream().noneMatch(CutoverFinding::obstacle);
  }

  /** Returns who took part, one for each cluster of each JVM, for people. */
  public List<String> applications() {
    return report.applications();
  }

  /** Returns how many reads were run on both sides and gave the same, or did not. */
  public int comparedReads() {
    return ReadFindings.cases(report.reads()).cases().size();
  }

  /**
   * Writes a file of fingerprints of the reads that were compared, one line for each that differs
   * in more than its values: the text without values, the types of its parameters, a hash of its
   * rows and how many there were, its plan, and a class of time. No value is in it.
   *
   * @param file is replaced if it is there
   * @throws IOException if it cannot be written
   */
  public void record(Path file) throws IOException {
    ReadFindings.cases(report.reads()).write(file);
  }

  /**
   * Compares what was found with a file that {@link #record} made, before another version perhaps:
   * which reads of it differ between the two sides now, which have another plan than then or are
   * much slower, and which the applications did not make while reads were sampled.
   *
   * <p>That a read gave other rows then is counted, and is no difference: the values that it was
   * made with are not in the file, and rows may have changed since.
   *
   * @throws IOException if it cannot be read, or is no such file: with its name and the line
   */
  public List<CutoverFinding> compare(Path file) throws IOException {
    return translated(ReadFindings.against(report.reads(), ReadCases.read(file)));
  }
}

package io.baton.cli;

import io.baton.BatonCutover;
import io.baton.CutoverFinding;
import io.baton.RehearsalResult;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * {@code rehearse record} and {@code rehearse compare}: a rehearsal with the running applications,
 * whose reads are run on both sides. The one keeps their fingerprints in a file; the other compares
 * them with such a file.
 */
final class RehearseReads implements Command {

  private static final Duration SAMPLING = Duration.ofSeconds(30);

  private static final Parameter FILE =
      new Parameter("file", "path", true, "the file of fingerprints; no value is in it");
  private static final Parameter SAMPLE =
      Parameter.optional("sample", "time", "how long reads of the applications are sampled (30s)");

  private final boolean compares;

  /** The command that compares with a file, or the one that makes it. */
  RehearseReads(boolean compares) {
    this.compares = compares;
  }

  @Override
  public String name() {
    return compares ? "rehearse compare" : "rehearse record";
  }

  @Override
  public String help() {
    return compares
        ? "the same, compared with the reads of a file that 'rehearse record' made"
        : "rehearses with the applications, runs their reads on both sides, keeps fingerprints";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(Parameter.OLD, Parameter.NEW, FILE, Parameter.TO, Parameter.JOIN, SAMPLE);
  }

  @Override
  public int run(Arguments arguments, Map<String, String> environment, PrintStream out)
      throws UsageException, SQLException {
    Database old = Database.of(arguments, Parameter.OLD, environment);
    Database successor = Database.of(arguments, Parameter.NEW, environment);
    Path file = file(arguments);
    BatonCutover cutover = successor.cutoverToHere(arguments);
    cutover = arguments.duration(Parameter.JOIN).map(cutover::joinTime).orElse(cutover);
    try {
      cutover = cutover.sampleReads(arguments.duration(SAMPLE).orElse(SAMPLING));
    } catch (IllegalArgumentException malformed) {
      throw arguments.malformed(SAMPLE, String.valueOf(malformed.getMessage()));
    }
    RehearsalResult result = cutover.rehearseWithApplications(old, successor);
    List<CutoverFinding> findings = new ArrayList<>(result.findings());
    try {
      if (compares) {
        findings.addAll(result.compare(file));
      } else {
        result.record(file);
      }
    } catch (IOException failure) {
      throw arguments.malformed(FILE, failure.toString());
    }
    out.printf(
        "%d applications took part, %d reads were compared.%n",
        result.applications().size(), result.comparedReads());
    return Findings.report(findings, out);
  }

  private Path file(Arguments arguments) throws UsageException {
    try {
      Path file = Path.of(arguments.required(FILE));
      if (compares && !Files.isReadable(file)) {
        throw arguments.malformed(FILE, "there is no file " + file + " that can be read");
      }
      return file;
    } catch (InvalidPathException malformed) {
      throw arguments.malformed(FILE, String.valueOf(malformed.getMessage()));
    }
  }
}

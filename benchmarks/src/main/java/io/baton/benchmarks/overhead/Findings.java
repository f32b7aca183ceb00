package io.baton.benchmarks.overhead;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The file in which a JVM hands over what it has measured: a {@link Round} in each line, or a
 * {@link Failure} behind an exclamation mark. Not thread-safe.
 */
final class Findings implements AutoCloseable {
  private static final String FAILURE = "!";

  private final BufferedWriter file;

  private Findings(BufferedWriter file) {
    this.file = file;
  }

  static Findings to(Path path) throws IOException {
    return new Findings(Files.newBufferedWriter(path));
  }

  void add(Round round) throws IOException {
    addLine(round.line());
  }

  void add(Failure failure) throws IOException {
    String reason = failure.reason().replaceAll("[\t\r\n]+", " ");
    addLine(String.join("\t", FAILURE, failure.contestant(), failure.operation().id(), reason));
  }

  private void addLine(String line) throws IOException {
    file.write(line);
    file.newLine();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /** What a file holds. */
  record Content(List<Round> rounds, List<Failure> failures) {}

  static Content read(Path path) throws IOException {
    List<Round> rounds = new ArrayList<>();
    List<Failure> failures = new ArrayList<>();
    for (String line : Files.readAllLines(path)) {
      if (line.startsWith(FAILURE)) {
        String[] fields = line.split("\t", -1);
        failures.add(new Failure(fields[1], Operation.of(fields[2]), fields[3]));
      } else {
        rounds.add(Round.parse(line));
      }
    }
    return new Content(rounds, failures);
  }
}

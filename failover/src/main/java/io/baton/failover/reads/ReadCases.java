package io.baton.failover.reads;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A file of fingerprints of reads: one line for each, in the order of their hashes, so that two
 * files can be compared by eye and by a tool for versions.
 *
 * @param cases one for each read
 */
public record ReadCases(List<ReadCase> cases) {

  /** The first line. */
  private static final String HEADER = "baton reads 1";

  private static final String COLUMNS =
      "# hash of the text, text, types of parameters, hash of rows, rows, plan, time";

  /** Makes one of copies, in order. */
  public ReadCases {
    cases =
        cases.stream()
            .sorted(
                Comparator.comparing((ReadCase one) -> one.name().hash())
                    .thenComparing(one -> Fields.line(one.name().types())))
            .toList();
  }

  /** Writes the file, in place of one that is there. */
  public void write(Path file) throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add(HEADER);
    lines.add(COLUMNS);
    cases.forEach(one -> lines.add(one.line()));
    Files.write(file, lines);
  }

  /**
   * Reads a file.
   *
   * @throws IOException if it cannot be read, or is none that {@link #write} has made: with its
   *     name and the number of the line
   */
  public static ReadCases read(Path file) throws IOException {
    List<String> lines = Files.readAllLines(file);
    if (lines.isEmpty() || !lines.get(0).equals(HEADER)) {
      throw new IOException(
          file + " is no file of fingerprints: its first line is not '" + HEADER + "'");
    }
    List<ReadCase> cases = new ArrayList<>();
    for (int number = 1; number < lines.size(); number++) {
      String line = lines.get(number);
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      try {
        cases.add(ReadCase.of(line));
      } catch (IllegalArgumentException malformed) {
        throw new IOException(
            "%s, line %d: %s".formatted(file, number + 1, malformed.getMessage()), malformed);
      }
    }
    return new ReadCases(cases);
  }
}

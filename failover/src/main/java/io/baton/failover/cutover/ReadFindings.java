package io.baton.failover.cutover;

import io.baton.failover.reads.ReadCase;
import io.baton.failover.reads.ReadCases;
import io.baton.failover.reads.ReadComparison;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What comes of reads that were run on both sides. */
public final class ReadFindings {

  private static final String UNCOMPARED =
      "Look at them by other means, if they matter. What changes all the time may be quiet later.";

  private ReadFindings() {}

  /** Returns a finding for each read that differs, and what was not compared. */
  static List<CutoverFinding> of(List<ReadComparison> reads) {
    List<CutoverFinding> findings = new ArrayList<>();
    Map<String, List<String>> uncompared = new TreeMap<>();
    for (ReadComparison read : reads) {
      String text = "A read differs over there: " + read.read() + ": ";
      switch (read.verdict()) {
        case SAME -> findings.addAll(ofTheSame(read));
        case ROWS ->
            findings.add(
                new CutoverFinding(
                    true,
                    text + read.sides(),
                    "See whether rows are missing over there, or a function, a setting or a"
                        + " collation differs."));
        case REFUSED ->
            findings.add(
                new CutoverFinding(
                    true,
                    text + "it is refused there: " + read.note(),
                    "Create what it needs, or change the application."));
        case ORDER ->
            findings.add(
                new CutoverFinding(
                    false,
                    text + "the same rows in another order; " + read.sides(),
                    "Text sorts in another way over there: compare the collations."));
        case LEFT_OPEN ->
            findings.add(
                new CutoverFinding(
                    false,
                    text + read.sides(),
                    "A limit, a window or an aggregate in it depends on the order of rows, which it"
                        + " may leave open."));
        case SLOW ->
            findings.add(
                new CutoverFinding(
                    false,
                    text + "it does not answer within 5 s, or waits for a lock; " + read.sides(),
                    "ANALYZE over there, and compare indexes and settings."));
        case MOVES, UNFIT ->
            uncompared
                .computeIfAbsent(read.note(), first -> new ArrayList<>())
                .add(read.read().text());
      }
    }
    uncompared.forEach(
        (why, texts) ->
            findings.addAll(
                SideCheck.found(
                    false,
                    "Reads were not compared, for " + quoted(why) + ": %s",
                    texts,
                    UNCOMPARED)));
    return findings;
  }

  /** A text as a part of a format. */
  private static String quoted(String text) {
    return text.replace("%", "%%");
  }

  private static List<CutoverFinding> ofTheSame(ReadComparison read) {
    List<CutoverFinding> findings = new ArrayList<>();
    if (read.changesPlan()) {
      findings.add(
          new CutoverFinding(
              false,
              "A read has another plan over there: %s: %s here, %s over there; %s"
                  .formatted(read.read(), read.old().plan(), read.successor().plan(), read.sides()),
              "ANALYZE over there, and compare indexes and settings."));
    } else if (read.isSlower()) {
      findings.add(
          new CutoverFinding(
              false,
              "A read is slower over there: " + read.read() + ": " + read.sides(),
              "Compare settings and hardware; what was read for the first time is cold."));
    }
    return findings;
  }

  /**
   * Compares what was found now with a file that was written before.
   *
   * @param reads those of now
   * @param file those of then
   */
  public static List<CutoverFinding> against(List<ReadComparison> reads, ReadCases file) {
    List<CutoverFinding> findings = new ArrayList<>();
    List<ReadComparison> known = new ArrayList<>();
    long alike = 0;
    List<String> uncovered = new ArrayList<>();
    for (ReadCase before : file.cases()) {
      List<ReadComparison> now =
          reads.stream().filter(read -> read.isOf(before) && read.isCompared()).toList();
      if (now.isEmpty()) {
        uncovered.add(before.name().toString());
      }
      known.addAll(now);
      alike += now.stream().filter(read -> read.hasRowsOf(before)).count();
      now.forEach(read -> findings.addAll(changes(before, read)));
    }
    findings.addAll(0, of(known));
    findings.add(
        new CutoverFinding(
            false,
            "Reads of the file that were seen: %d, of which gave the very rows of then over there: %d"
                .formatted(known.size(), alike),
            "That says something only if neither the rows nor the values of reads have changed."));
    findings.addAll(
        SideCheck.found(
            false,
            "Reads of the file were not seen, or not compared: %s",
            uncovered,
            "Have the application do what makes them, for as long as reads are sampled."));
    long others = reads.stream().filter(read -> read.isCompared() && !known.contains(read)).count();
    if (others > 0) {
      findings.add(
          new CutoverFinding(
              false,
              "Reads that are not in the file: " + others,
              "Record again to have them in it."));
    }
    return findings;
  }

  private static List<CutoverFinding> changes(ReadCase before, ReadComparison now) {
    List<CutoverFinding> findings = new ArrayList<>();
    if (!now.hasRows()) {
      return findings;
    }
    if (!before.plan().equals(now.successor().plan()) && !now.changesPlan()) {
      findings.add(
          new CutoverFinding(
              false,
              "A read had another plan when the file was made: %s: %s then, %s over there now"
                  .formatted(now.read(), before.plan(), now.successor().plan()),
              "See whether it is a better one."));
    }
    if (now.isFarSlowerThan(before)) {
      findings.add(
          new CutoverFinding(
              false,
              "A read was much faster when the file was made: %s: %s then; %s now"
                  .formatted(now.read(), before.time(), now.sides()),
              "Compare settings, indexes and statistics."));
    }
    return findings;
  }

  /** Returns what a file is to keep: one case for each read that was compared. */
  public static ReadCases cases(List<ReadComparison> reads) {
    return new ReadCases(
        reads.stream()
            .filter(ReadComparison::isCompared)
            .map(ReadComparison::toCase)
            .collect(Collectors.toList()));
  }
}

package io.baton.benchmarks.failover;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** What the application has seen, as it is handed over in a file. Thread-safe. */
final class Journal {
  private final Queue<Acknowledged> acknowledged = new ConcurrentLinkedQueue<>();
  private final Queue<Trouble> troubles = new ConcurrentLinkedQueue<>();
  private final Queue<Long> given = new ConcurrentLinkedQueue<>();

  /** An operation whose commit returned; times are of the {@link WallClock}. */
  record Acknowledged(int worker, long number, long began, long ended) {}

  /**
   * An exception that the application saw.
   *
   * @param inDoubt whether it leaves open if the operation was committed
   * @param state the SQLState; {@code -----} if there was none
   */
  record Trouble(int worker, long number, long at, boolean inDoubt, String state, String text) {}

  /** What the application has seen, when it is over. */
  record Content(List<Acknowledged> acknowledged, List<Trouble> troubles, List<Long> unsettled) {}

  void acknowledged(Acknowledged operation) {
    acknowledged.add(operation);
  }

  void trouble(Trouble trouble) {
    troubles.add(trouble);
  }

  /** The operation was given up at the end of the run. */
  void givenUp(long number) {
    given.add(number);
  }

  void write(Path file, Collection<Long> stillOpen) throws IOException {
    List<String> lines = new ArrayList<>();
    for (Acknowledged one : acknowledged) {
      lines.add(
          String.join(
              "\t", "a", one.worker() + "", one.number() + "", one.began() + "", one.ended() + ""));
    }
    for (Trouble one : troubles) {
      lines.add(
          String.join(
              "\t",
              "t",
              one.worker() + "",
              one.number() + "",
              one.at() + "",
              one.inDoubt() + "",
              one.state(),
              one.text().replaceAll("[\t\r\n]+", " ")));
    }
    given.forEach(number -> lines.add("u\t" + number));
    stillOpen.forEach(number -> lines.add("u\t" + number));
    Files.write(file, lines);
  }

  static Content read(Path file) throws IOException {
    List<Acknowledged> acknowledged = new ArrayList<>();
    List<Trouble> troubles = new ArrayList<>();
    List<Long> unsettled = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      String[] fields = line.split("\t", -1);
      switch (fields[0]) {
        case "a" ->
            acknowledged.add(
                new Acknowledged(
                    Integer.parseInt(fields[1]),
                    Long.parseLong(fields[2]),
                    Long.parseLong(fields[3]),
                    Long.parseLong(fields[4])));
        case "t" ->
            troubles.add(
                new Trouble(
                    Integer.parseInt(fields[1]),
                    Long.parseLong(fields[2]),
                    Long.parseLong(fields[3]),
                    Boolean.parseBoolean(fields[4]),
                    fields[5],
                    fields[6]));
        case "u" -> unsettled.add(Long.parseLong(fields[1]));
        default -> throw new IOException("Not a line of a journal: " + line);
      }
    }
    return new Content(acknowledged, troubles, unsettled);
  }
}

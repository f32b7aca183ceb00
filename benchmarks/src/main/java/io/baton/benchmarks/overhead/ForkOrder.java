package io.baton.benchmarks.overhead;

import io.baton.benchmarks.harness.Contestant;
import io.baton.benchmarks.harness.Contestants;
import io.baton.benchmarks.harness.Server;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;

/** What a JVM is to measure; handed over as a file. */
record ForkOrder(
    Server server,
    String contestant,
    int fork,
    List<Operation> operations,
    int rounds,
    int warmUpMillis,
    int blockMillis,
    Path results) {

  void write(Path file) throws IOException {
    Properties properties = new Properties();
    server.into(properties);
    properties.setProperty("contestant", contestant);
    properties.setProperty("fork", Integer.toString(fork));
    properties.setProperty(
        "operations", operations.stream().map(Operation::id).collect(Collectors.joining(",")));
    properties.setProperty("rounds", Integer.toString(rounds));
    properties.setProperty("warmUpMillis", Integer.toString(warmUpMillis));
    properties.setProperty("blockMillis", Integer.toString(blockMillis));
    properties.setProperty("results", results.toString());
    try (Writer writer = Files.newBufferedWriter(file)) {
      properties.store(writer, null);
    }
  }

  static ForkOrder read(Path file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    return new ForkOrder(
        Server.from(properties),
        properties.getProperty("contestant"),
        Integer.parseInt(properties.getProperty("fork")),
        Arrays.stream(properties.getProperty("operations").split(",", -1))
            .map(Operation::of)
            .collect(Collectors.toUnmodifiableList()),
        Integer.parseInt(properties.getProperty("rounds")),
        Integer.parseInt(properties.getProperty("warmUpMillis")),
        Integer.parseInt(properties.getProperty("blockMillis")),
        Path.of(properties.getProperty("results")));
  }

  Contestant resolveContestant() {
    return Contestants.forOverhead(contestant);
  }
}

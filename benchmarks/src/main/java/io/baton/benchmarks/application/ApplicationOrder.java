package io.baton.benchmarks.application;

import io.baton.benchmarks.harness.Contestant;
import io.baton.benchmarks.harness.Contestants;
import io.baton.benchmarks.harness.Server;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/** What a {@link ApplicationFork} is to do, as a file. Immutable. */
record ApplicationOrder(
    Server server, String contestant, String workload, int scale, int terminals) {

  void write(Path file) throws IOException {
    Properties properties = new Properties();
    server.into(properties);
    properties.setProperty("contestant", contestant);
    properties.setProperty("workload", workload);
    properties.setProperty("scale", Integer.toString(scale));
    properties.setProperty("terminals", Integer.toString(terminals));
    try (Writer writer = Files.newBufferedWriter(file)) {
      properties.store(writer, null);
    }
  }

  static ApplicationOrder read(Path file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    return new ApplicationOrder(
        Server.from(properties),
        properties.getProperty("contestant"),
        properties.getProperty("workload"),
        Integer.parseInt(properties.getProperty("scale")),
        Integer.parseInt(properties.getProperty("terminals")));
  }

  Contestant resolveContestant() {
    return Contestants.forOverhead(contestant);
  }

  Workload resolveWorkload() {
    return Workload.named(workload, scale);
  }
}

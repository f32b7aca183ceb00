package io.baton.testkit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Collectors;

/**
 * A program that starts a cluster and never closes it. It prints the folder of its data and the ids
 * of its servers' processes, then reads a line: on {@code exit} it ends, else it stays.
 */
final class AbandonedCluster {
  private AbandonedCluster() {}

  public static void main(String[] arguments) throws IOException {
    PostgresCluster cluster = PostgresCluster.builder().standbys(1).start();
    cluster.node(1).freeze();
    Path dataFolder = cluster.node(0).dataFolder().orElseThrow();
    String processes =
        ProcessHandle.current()
            .descendants()
            .map(process -> Long.toString(process.pid()))
            .collect(Collectors.joining(" "));
    System.out.println("FOLDER " + dataFolder.resolve("../../..").normalize());
    System.out.println("PROCESSES " + processes);
    System.out.println("READY");
    int first = System.in.read();
    if (first == 'e') {
      System.exit(0);
    }
  }
}

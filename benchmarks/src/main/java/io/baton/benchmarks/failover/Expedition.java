package io.baton.benchmarks.failover;

import io.baton.benchmarks.harness.ChildJvm;
import io.baton.benchmarks.harness.Contestant;
import io.baton.benchmarks.harness.Conversation;
import io.baton.benchmarks.harness.Server;
import io.baton.testkit.PostgresCluster;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Leads the application through failovers of one cluster, one after another; in between the cluster
 * is repaired. Not thread-safe.
 */
final class Expedition {
  static final String TABLES =
      """
      CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL) WITH (fillfactor = 50);
      INSERT INTO account SELECT id, 1000 FROM generate_series(0, 999) AS id;
      CREATE TABLE operation (number bigint NOT NULL);
      CREATE INDEX ON operation (number);
      CREATE TABLE probe (written bigint NOT NULL);
      INSERT INTO probe VALUES (0);
      """;

  private static final Duration START_PATIENCE = Duration.ofSeconds(30);
  private static final Duration SERVER_PATIENCE = Duration.ofSeconds(60);
  private static final Duration LEAD = Duration.ofSeconds(12);
  private static final Duration TAIL = Duration.ofSeconds(2);
  private static final long NUMBERS_PER_COURSE = 1_000_000_000L;

  private final PostgresCluster cluster;
  private final Duration patience;
  private final Path logs;
  private long firstNumber;

  /**
   * An expedition on a cluster that has the {@link #TABLES}.
   *
   * @param patience how long after the server's recovery an application is waited for
   * @param logs the folder for what applications log
   */
  Expedition(PostgresCluster cluster, Duration patience, Path logs) {
    this.cluster = cluster;
    this.patience = patience;
    this.logs = logs;
  }

  /** Runs the application through one failover, and repairs the cluster. */
  Course run(Contestant contestant, Scenario scenario)
      throws IOException, InterruptedException, SQLException {
    firstNumber += NUMBERS_PER_COURSE;
    Path order = Files.createTempFile("baton-benchmark", ".order");
    Path journal = Files.createTempFile("baton-benchmark", ".journal");
    write(order, contestant, journal);
    try (Conversation application =
        new ChildJvm(Application.class)
            .with("-Xmx256m")
            .with("-Dorg.slf4j.simpleLogger.logFile=" + log(contestant, scenario))
            .converse(List.of(order.toString()))) {
      if (application.awaitBeginning(Application.READY, START_PATIENCE) == null) {
        throw new IOException(contestant + " does not get to work");
      }
      TimeUnit.MILLISECONDS.sleep(LEAD.toMillis());
      CompletableFuture<Long> probe = new WriteProbe(cluster).start();
      long struck = WallClock.now();
      CompletableFuture<Void> fault = CompletableFuture.runAsync(() -> scenario.strike(cluster));
      long recovered = probe.get(SERVER_PATIENCE.toSeconds(), TimeUnit.SECONDS);
      application.say(Application.RECOVERED);
      boolean well = application.awaitBeginning(Application.WELL, patience) != null;
      TimeUnit.MILLISECONDS.sleep(TAIL.toMillis());
      application.say(Application.STOP);
      application.awaitEnd(START_PATIENCE);
      fault.get(SERVER_PATIENCE.toSeconds(), TimeUnit.SECONDS);
      cluster.repair();
      Journal.Content seen = Journal.read(journal);
      return new Course(contestant, scenario, struck, recovered, well, seen, verdict(seen));
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("The cluster did not survive a " + scenario.id(), e);
    } finally {
      Files.deleteIfExists(order);
      Files.deleteIfExists(journal);
    }
  }

  private Path log(Contestant contestant, Scenario scenario) {
    return logs.resolve(scenario.id() + "-" + contestant.name() + ".log");
  }

  private Verdict verdict(Journal.Content seen) throws SQLException {
    try (Connection connection = cluster.primary().connect()) {
      return Verdict.of(seen, connection, firstNumber, firstNumber + NUMBERS_PER_COURSE);
    }
  }

  private void write(Path order, Contestant contestant, Path journal) throws IOException {
    Properties properties = new Properties();
    Server.behindProxies(cluster).withFirst(cluster.primary()).into(properties);
    properties.setProperty("contestant", contestant.name());
    properties.setProperty("firstNumber", Long.toString(firstNumber));
    properties.setProperty("journal", journal.toString());
    try (Writer writer = Files.newBufferedWriter(order)) {
      properties.store(writer, null);
    }
  }
}

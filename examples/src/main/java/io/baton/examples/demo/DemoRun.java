package io.baton.examples.demo;

import io.baton.examples.demo.Terminal.Colour;
import io.baton.examples.demo.Timeline.Event;
import io.baton.examples.demo.Timeline.Kind;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One run: the load, the events that disturb it, and at the end what the database says. Used by one
 * thread, once.
 */
final class DemoRun {
  /** How long after an event all workers must have settled something. */
  private static final Duration RECOVERY = Duration.ofSeconds(30);

  private final DemoOptions options;
  private final PostgresCluster cluster;
  private final Terminal terminal;
  private final String url;
  private final Ledger ledger = new Ledger();
  private final Timeline timeline = new Timeline();
  private final RunClock clock = RunClock.startingNow();
  private final LiveView view;
  private final Disruptions disruptions;

  DemoRun(DemoOptions options, PostgresCluster cluster, Terminal terminal) {
    this.options = options;
    this.cluster = cluster;
    this.terminal = terminal;
    this.url = options.url(cluster.hosts(), cluster.database());
    this.view = new LiveView(terminal, ledger, clock);
    this.disruptions = new Disruptions(cluster, timeline, clock, terminal);
  }

  String url() {
    return url;
  }

  RunResult run() throws InterruptedException, SQLException {
    String firstPrimary = cluster.primary().name();
    try (Connection direct = cluster.primary().connect()) {
      Bank.open(direct);
    }
    boolean recovered;
    long end;
    Ledger.Snapshot told;
    try (Workload workload =
            Workload.start(
                url, cluster.user(), cluster.password(), options.workers(), ledger, clock);
        LiveView closedAtTheEnd = view) {
      closedAtTheEnd.start(endpoint(cluster.primary()));
      recovered = workload.awaitAllWell(0, RECOVERY) && disturb(workload);
      end = clock.now();
      workload.finish();
      // Before the pool is closed under workers that could not finish.
      told = ledger.snapshot(clock.now());
    }
    try (Connection direct = cluster.primary().connect()) {
      Surroundings surroundings = Surroundings.of(direct, DriverManager.getDriver(url), url);
      return new RunResult(
          surroundings,
          cluster.nodes().stream().map(PostgresNode::name).toList(),
          "%s of %s with synchronous replication"
              .formatted(Units.counted(cluster.nodes().size(), "node"), surroundings.server()),
          firstPrimary,
          options.workers(),
          end,
          timeline.events(),
          told,
          recovered,
          Verdict.of(direct, told));
    }
  }

  /** Has one event after the other. False if after one of them the load did not come back. */
  private boolean disturb(Workload workload) throws InterruptedException, SQLException {
    for (int crash = 0; crash < options.crashes(); crash++) {
      calm();
      PostgresNode killed = cluster.primary();
      view.phase(Kind.CRASH.text());
      if (!recoversFrom(disruptions.crash(), workload)) {
        return false;
      }
      view.phase("rebuilding " + killed.name());
      disruptions.rebuild(killed);
      view.phase("");
    }
    for (int switchover = 0; switchover < options.switchovers(); switchover++) {
      calm();
      view.phase(Kind.SWITCHOVER.text());
      if (!recoversFrom(disruptions.switchover(), workload)) {
        return false;
      }
      view.phase("");
    }
    calm();
    return true;
  }

  private boolean recoversFrom(Event event, Workload workload) throws InterruptedException {
    view.primary(endpoint(cluster.primary()));
    boolean recovered = workload.awaitAllWell(event.endedNanos(), RECOVERY);
    List<Impact> impacts = Impact.of(timeline.events(), ledger.snapshot(clock.now()));
    Impact impact = impacts.get(impacts.size() - 1);
    terminal.line(
        clock.now(),
        Colour.NONE,
        recovered ? "all go on" : "not all back",
        "%s wrote after %s, longest pause %s, %s"
            .formatted(
                event.primary(),
                Units.duration(event.withoutWriterNanos()),
                Units.duration(impact.longestPauseNanos()),
                impact.errors().isEmpty()
                    ? terminal.paint(Colour.GOOD, "no errors")
                    : terminal.paint(Colour.BAD, "errors: " + impact.errorsText())));
    return recovered;
  }

  /** Lets the load run undisturbed for a while. */
  private void calm() throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(options.calm().toMillis());
  }

  private static String endpoint(PostgresNode node) {
    return "%s %s:%d".formatted(node.name(), node.host(), node.port());
  }
}

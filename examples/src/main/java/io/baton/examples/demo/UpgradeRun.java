package io.baton.examples.demo;

import io.baton.BatonCutover;
import io.baton.CutoverResult;
import io.baton.examples.demo.Terminal.Colour;
import io.baton.examples.demo.Timeline.Event;
import io.baton.examples.demo.Timeline.Kind;
import io.baton.testkit.PostgresCluster;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One run of a major upgrade: the load on the old cluster, the cut over to the new one, and at the
 * end what both databases say. Used by one thread, once.
 */
final class UpgradeRun {
  private static final Duration RECOVERY = Duration.ofSeconds(30);

  /** A machine that runs two clusters and the load may be slow; what it took is shown. */
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  private static final Map<String, String> STAGES =
      Map.of(
          "announced", "each session connects to the new cluster, and goes on working",
          "gated", "new transactions wait, open ones end",
          "fenced", "the old database refuses writes; the last ones arrive over there",
          "opened", "sessions go on in the new cluster");

  private final DemoOptions options;
  private final UpgradeClusters clusters;
  private final Terminal terminal;
  private final String url;
  private final Ledger ledger = new Ledger();
  private final Timeline timeline = new Timeline();
  private final RunClock clock = RunClock.startingNow();
  private final LiveView view;
  private long gatedNanos;
  private long openedNanos;

  UpgradeRun(DemoOptions options, UpgradeClusters clusters, Terminal terminal) {
    this.options = options;
    this.clusters = clusters;
    this.terminal = terminal;
    this.url =
        options.url(clusters.old().hosts(), clusters.old().database())
            + "?baton.cutoverPause="
            + LONGEST_PAUSE.toSeconds()
            + "s";
    this.view = new LiveView(terminal, ledger, clock);
  }

  String url() {
    return url;
  }

  RunResult run() throws InterruptedException, SQLException {
    PostgresCluster old = clusters.old();
    String oldVersion = version(old);
    String newVersion = version(clusters.successor());
    boolean recovered;
    long end;
    Ledger.Snapshot told;
    try (Workload workload =
            Workload.start(url, old.user(), old.password(), options.workers(), ledger, clock);
        LiveView closedAtTheEnd = view) {
      closedAtTheEnd.start(oldVersion);
      recovered = workload.awaitAllWell(0, RECOVERY);
      calm();
      recovered = recovered && upgrade(oldVersion, newVersion, workload);
      calm();
      end = clock.now();
      workload.finish();
      // Before the pool is closed under workers that could not finish.
      told = ledger.snapshot(clock.now());
    }
    PostgresCluster present = timeline.events().isEmpty() ? old : clusters.successor();
    try (Connection left = UpgradeClusters.superuser(old).getConnection();
        Connection direct = UpgradeClusters.superuser(present).getConnection()) {
      return new RunResult(
          Surroundings.of(direct, DriverManager.getDriver(url), url),
          List.of(oldVersion, newVersion),
          oldVersion + " and " + newVersion + " that follows it by logical replication",
          oldVersion,
          options.workers(),
          end,
          timeline.events(),
          told,
          recovered,
          Verdict.of(direct, told).comparedWith(left, direct));
    }
  }

  /** Cuts over. False if it was taken back, or the load did not come back after it. */
  private boolean upgrade(String oldVersion, String newVersion, Workload workload)
      throws SQLException, InterruptedException {
    view.phase(Kind.UPGRADE.text());
    CutoverResult result =
        BatonCutover.to(clusters.successor().hosts())
            .pause(LONGEST_PAUSE)
            .run(
                UpgradeClusters.superuser(clusters.old()),
                UpgradeClusters.superuser(clusters.successor()),
                this::stage);
    view.phase("");
    if (!result.opened()) {
      terminal.line(clock.now(), Colour.BAD, "taken back", result.reason());
      return false;
    }
    view.primary(newVersion);
    Event event =
        new Event(
            Kind.UPGRADE,
            timeline.nextLabel(Kind.UPGRADE),
            gatedNanos,
            openedNanos,
            clock.now(),
            newVersion,
            "from %s to %s".formatted(oldVersion, newVersion));
    timeline.add(event);
    boolean recovered = workload.awaitAllWell(event.endedNanos(), RECOVERY);
    Impact impact = Impact.of(timeline.events(), ledger.snapshot(clock.now())).get(0);
    terminal.line(
        clock.now(),
        Colour.NONE,
        recovered ? "all go on" : "not all back",
        "new transactions waited %s, writes were refused for %s of it; longest pause %s, %s"
            .formatted(
                Units.duration(result.pause().toNanos()),
                Units.duration(result.fenced().toNanos()),
                Units.duration(impact.longestPauseNanos()),
                impact.errors().isEmpty()
                    ? terminal.paint(Colour.GOOD, "no errors")
                    : terminal.paint(Colour.BAD, "errors: " + impact.errorsText())));
    return recovered;
  }

  private void stage(String stage) {
    long now = clock.now();
    if (stage.equals("gated")) {
      gatedNanos = now;
    } else if (stage.equals("opened")) {
      openedNanos = now;
    }
    terminal.line(now, Colour.EVENT, stage, STAGES.getOrDefault(stage, ""));
  }

  private static String version(PostgresCluster cluster) throws SQLException {
    try (Connection direct = UpgradeClusters.superuser(cluster).getConnection()) {
      return "PostgreSQL " + direct.getMetaData().getDatabaseProductVersion();
    }
  }

  /** Lets the load run undisturbed for a while. */
  private void calm() throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(options.calm().toMillis());
  }
}

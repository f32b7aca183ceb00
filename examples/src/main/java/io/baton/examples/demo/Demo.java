package io.baton.examples.demo;

import io.baton.examples.demo.Terminal.Colour;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;

/**
 * The demo's program: starts a cluster, has a {@link DemoRun} do its work on it, and says what
 * became of the transfers. Ends with 0 if the verdict holds, with 1 if it does not or the run could
 * not be finished.
 */
public final class Demo {
  private static final int STANDBYS = 2;

  private Demo() {}

  public static void main(String[] arguments) {
    Terminal terminal = Terminal.ofSystem();
    Interruption interruption = Interruption.of(Thread.currentThread());
    int status = 1;
    try {
      status = run(DemoOptions.from(System.getProperties()), terminal);
    } catch (IllegalArgumentException e) {
      terminal.line(terminal.paint(Colour.BAD, String.valueOf(e.getMessage())));
    } catch (InterruptedException | IOException | SQLException | RuntimeException e) {
      // What comes after an interruption is its consequence, and of no interest.
      if (!interruption.hasCome()) {
        terminal.line(terminal.paint(Colour.BAD, "The demo could not go on."));
        e.printStackTrace();
      }
    }
    if (interruption.hasCome()) {
      terminal.line("Stopped; nothing is left running.");
    }
    interruption.cleanedUp();
    System.exit(status);
  }

  private static int run(DemoOptions options, Terminal terminal)
      throws InterruptedException, IOException, SQLException {
    // Before anything logs, since the log is written there.
    Files.createDirectories(options.folder());
    return switch (options.kind()) {
      case FAILOVER -> failover(options, terminal);
      case UPGRADE -> upgrade(options, terminal);
    };
  }

  private static int failover(DemoOptions options, Terminal terminal)
      throws InterruptedException, IOException, SQLException {
    terminal.line(
        terminal.paint(Colour.STRONG, "Baton demo")
            + "  %s, %s, %s"
                .formatted(
                    Units.counted(options.workers(), "worker"),
                    Units.counted(options.crashes(), "crash", "crashes"),
                    Units.counted(options.switchovers(), "switchover")));
    RunClock starting = RunClock.startingNow();
    try (PostgresCluster cluster =
        PostgresCluster.builder()
            .version(PostgresVersion.V18)
            .standbys(STANDBYS)
            .synchronous()
            .start()) {
      terminal.line(
          "Cluster     PostgreSQL, 1 primary and %d standbys, synchronous, up in %s"
              .formatted(STANDBYS, Units.duration(starting.now())));
      DemoRun run = new DemoRun(options, cluster, terminal);
      terminal.line("URL         " + run.url());
      return end(run.run(), options, terminal);
    }
  }

  private static int upgrade(DemoOptions options, Terminal terminal)
      throws InterruptedException, IOException, SQLException {
    terminal.line(
        terminal.paint(Colour.STRONG, "Baton demo")
            + "  %s, a major upgrade".formatted(Units.counted(options.workers(), "worker")));
    RunClock starting = RunClock.startingNow();
    try (UpgradeClusters clusters = UpgradeClusters.start()) {
      clusters.openBank();
      terminal.line(
          "Clusters    PostgreSQL %d, and %d that follows it by logical replication, up in %s"
              .formatted(
                  clusters.old().version().major(),
                  clusters.successor().version().major(),
                  Units.duration(starting.now())));
      UpgradeRun run = new UpgradeRun(options, clusters, terminal);
      terminal.line("URL         " + run.url());
      return end(run.run(), options, terminal);
    }
  }

  private static int end(RunResult result, DemoOptions options, Terminal terminal)
      throws IOException {
    new Summary(result).printTo(terminal);
    Path report = new HtmlReport(result).writeTo(options.folder().resolve("report.html"));
    terminal.line("Report      " + report.toUri());
    return result.isGood() ? 0 : 1;
  }
}

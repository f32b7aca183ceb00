package io.baton.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.examples.demo.Terminal.Abilities;
import io.baton.examples.demo.Timeline.Event;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class UpgradeRunTest {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  @Test
  @Tag("campaign")
  void run_movesTheLoad_andSeesWhatIsLeftBehind() throws Exception {
    DemoOptions options =
        new DemoOptions(
            DemoOptions.Kind.UPGRADE,
            2,
            0,
            0,
            "jdbc:baton:postgresql:",
            Duration.ofMillis(200),
            Path.of("unused"));
    Terminal terminal =
        new Terminal(
            new PrintStream(written, true, StandardCharsets.UTF_8),
            new Abilities(false, false, false));
    try (UpgradeClusters clusters = UpgradeClusters.start()) {
      clusters.openBank();
      RunResult result = new UpgradeRun(options, clusters, terminal).run();
      new Summary(result).printTo(terminal);

      assertThat(result.isGood()).as(written.toString(StandardCharsets.UTF_8)).isTrue();
      assertThat(result.timeline()).extracting(Event::label).containsExactly("upgrade 1");
      assertThat(result.ledger().errors()).isEmpty();
      assertThat(result.verdict().byServer()).hasSize(2);
      assertThat(new HtmlReport(result).html())
          .contains("mark upgrade", "In the old database and not in the new one");
      assertThat(written.toString(StandardCharsets.UTF_8))
          .contains("announced", "gated", "fenced", "opened", "at the upgrade");

      try (Connection late = UpgradeClusters.superuser(clusters.old()).getConnection();
          Statement statement = late.createStatement();
          Connection present = UpgradeClusters.superuser(clusters.successor()).getConnection()) {
        statement.execute(
            "begin read write; insert into operation values (-7, 0, 1, 2, 3); commit");
        assertThat(result.verdict().comparedWith(late, present).faults())
            .containsExactly("1 operation left behind in the old database: -7.");
      }
    }
  }
}

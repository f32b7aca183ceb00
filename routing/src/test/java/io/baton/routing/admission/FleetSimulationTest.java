package io.baton.routing.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.routing.admission.FleetSimulation.Outcome;
import io.baton.routing.admission.FleetSimulation.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * What fleets of 1, 100 and 1,000 programs cost the server that is promoted, with and without
 * admission. Writes {@code target/fleet/fleet.md} and {@code fleet.svg}, which are the table and
 * the plot of {@code docs/benchmarks.md}.
 */
class FleetSimulationTest {

  private static final int SESSIONS = 10;
  private static final Duration FAILOVER_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration IMPATIENT = Duration.ofSeconds(10);
  private static final Path FOLDER = Path.of("target", "fleet");

  private static Duration times(double factor, Duration time) {
    return Duration.ofNanos((long) (factor * time.toNanos()));
  }

  private static Outcome outcome(Map<Setting, Outcome> outcomes, Setting setting) {
    return Objects.requireNonNull(outcomes.get(setting));
  }

  @Test
  void admission_bringsTheFirstSessionsBackSoon_andTheLastOnesHardlyLater() throws IOException {
    Map<Setting, Outcome> outcomes = new LinkedHashMap<>();
    for (int programs : new int[] {1, 100, 1000}) {
      for (boolean admitted : new boolean[] {false, true}) {
        Setting setting = new Setting(programs, SESSIONS, admitted, FAILOVER_TIMEOUT);
        outcomes.put(setting, FleetSimulation.of(setting));
      }
    }
    for (boolean admitted : new boolean[] {false, true}) {
      Setting setting = new Setting(1000, SESSIONS, admitted, IMPATIENT);
      outcomes.put(setting, FleetSimulation.of(setting));
    }
    Files.createDirectories(FOLDER);
    Files.writeString(FOLDER.resolve("fleet.md"), table(outcomes));
    Files.writeString(FOLDER.resolve("fleet.svg"), FleetPlot.of(outcomes));

    for (int programs : new int[] {1, 100, 1000}) {
      Outcome without = outcome(outcomes, new Setting(programs, SESSIONS, false, FAILOVER_TIMEOUT));
      Outcome with = outcome(outcomes, new Setting(programs, SESSIONS, true, FAILOVER_TIMEOUT));
      assertThat(with.firstBack())
          .as("the first session of half of %d programs", programs)
          .isLessThanOrEqualTo(without.firstBack());
      assertThat(with.allBack())
          .as("all sessions of %d programs", programs)
          .isLessThan(times(1.2, without.allBack()).plusMillis(100));
    }
    Outcome stormed = outcome(outcomes, new Setting(1000, SESSIONS, false, FAILOVER_TIMEOUT));
    Outcome paced = outcome(outcomes, new Setting(1000, SESSIONS, true, FAILOVER_TIMEOUT));
    assertThat(paced.sideBySide()).isLessThan(stormed.sideBySide() * 6 / 10);
    Outcome impatient = outcome(outcomes, new Setting(1000, SESSIONS, true, IMPATIENT));
    assertThat(impatient.allBack()).isLessThan(FleetSimulation.LONGEST);
  }

  @Test
  void standby_duringTheElection_isAskedAtMostThreeTimesASecondByEachProgram() {
    Outcome outcome = FleetSimulation.of(new Setting(100, 1, true, FAILOVER_TIMEOUT));
    int slices = (int) FleetSimulation.PROMOTION.dividedBy(FleetSimulation.SLICE);
    int questions = 0;
    int looks = 0;
    for (int i = 0; i < slices; i++) {
      questions += outcome.queries().get(i);
      looks += outcome.logins().get(i);
    }
    double seconds = FleetSimulation.PROMOTION.toSeconds();
    assertThat(questions / seconds / 100).isBetween(2.0, 3.0);
    assertThat(looks / seconds / 100).isLessThan(1.0);
    assertThat(Collections.max(outcome.queries())).isLessThan(400);
  }

  private static String table(Map<Setting, Outcome> outcomes) {
    StringBuilder table =
        new StringBuilder(
            "| programs | a login is given up after | admission | logins side by side, at most |"
                + " logins, in all | given up | half of the programs have a session | half of all"
                + " sessions | all sessions |\n|---|---|---|---|---|---|---|---|---|\n");
    outcomes.forEach(
        (setting, outcome) ->
            table.append(
                String.format(
                    Locale.ROOT,
                    "| %,d | %d s | %s | %,d | %,d | %,d | %s | %s | %s |%n",
                    setting.programs(),
                    setting.patience().toSeconds(),
                    setting.admitted() ? "yes" : "no",
                    outcome.sideBySide(),
                    outcome.logins().stream().mapToInt(Integer::intValue).sum(),
                    outcome.givenUp(),
                    text(outcome.firstBack()),
                    text(outcome.halfBack()),
                    text(outcome.allBack()))));
    return table.toString();
  }

  private static String text(Duration time) {
    return time.equals(FleetSimulation.NEVER)
        ? "not in " + FleetSimulation.LONGEST.toSeconds() + " s"
        : String.format(Locale.ROOT, "%.2f s", time.toMillis() / 1000.0);
  }
}

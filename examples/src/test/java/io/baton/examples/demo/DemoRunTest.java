package io.baton.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.examples.demo.Terminal.Abilities;
import io.baton.examples.demo.Timeline.Event;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

@PostgresTest(standbys = 2, synchronous = true)
class DemoRunTest {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  @Test
  void run_onPlainPgjdbc_losesNothingButIsNoticed(PostgresCluster cluster) throws Exception {
    RunResult result = run(cluster, DemoOptions.PLAIN_PREFIX);

    assertThat(result.isGood()).isTrue();
    assertThat(result.timeline())
        .extracting(Event::label)
        .containsExactly("crash 1", "rebuild 1", "switchover 1");
    assertThat(result.impacts().get(0).errors()).isNotEmpty();
    assertThat(result.verdict().byServer().keySet())
        .contains(result.firstPrimary(), result.timeline().get(0).primary());
    assertThat(written.toString(StandardCharsets.UTF_8))
        .contains("crash 1", "switchover 1", "Nothing lost, nothing done twice.");
  }

  private RunResult run(PostgresCluster cluster, String urlPrefix)
      throws InterruptedException, SQLException {
    DemoOptions options =
        new DemoOptions(
            DemoOptions.Kind.FAILOVER,
            2,
            1,
            1,
            urlPrefix,
            Duration.ofMillis(200),
            Path.of("unused"));
    Terminal terminal =
        new Terminal(
            new PrintStream(written, true, StandardCharsets.UTF_8),
            new Abilities(false, false, false));
    RunResult result = new DemoRun(options, cluster, terminal).run();
    new Summary(result).printTo(terminal);
    return result;
  }
}

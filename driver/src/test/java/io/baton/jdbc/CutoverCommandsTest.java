package io.baton.jdbc;

import static io.baton.jdbc.ReplicatedClusters.superuser;
import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An operator cuts over by the command line, in a process of its own. */
@Tag("campaign")
class CutoverCommandsTest {

  private final ReplicatedClusters clusters = new ReplicatedClusters(PostgresVersion.of(15));

  CutoverCommandsTest() throws SQLException {}

  @AfterEach
  void close() throws SQLException {
    clusters.close();
  }

  /** How a process ended, and what it said on both streams. */
  private record Ended(int code, String text) {}

  private static String url(PostgresCluster cluster, String prefix) {
    return prefix
        + "//%s:%d/%s?user=%s"
            .formatted(
                cluster.primary().directHost(),
                cluster.primary().directPort(),
                cluster.database(),
                cluster.superuser());
  }

  private Ended baton(String... arguments) {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.baton.cli.Baton"));
    words.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.environment().put("PGPASSWORD", clusters.old().superuserPassword());
    try {
      Process process = builder.start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Ended(process.waitFor(), text);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  /** What a rehearsal says while the application reads. */
  private String rehearsed(Connection session, String command, String... where) throws Exception {
    List<String> words = new ArrayList<>(List.of("rehearse", command));
    words.addAll(List.of("--sample", "1s", "--join-time", "1500ms"));
    words.addAll(List.of(where));
    CompletableFuture<Ended> rehearsal =
        CompletableFuture.supplyAsync(() -> baton(words.toArray(new String[0])));
    while (!rehearsal.isDone()) {
      Sql.ask(session, "select count(*) from account where balance < 4711");
    }
    return rehearsal.get().text().strip();
  }

  @Test
  void operator_rehearses_takesBack_cutsOver(@TempDir Path folder) throws Exception {
    String file = "--file=" + folder.resolve("reads.txt");
    String old = "--old=" + url(clusters.old(), "jdbc:baton:postgresql:");
    String successor = "--new=" + url(clusters.successor(), "jdbc:postgresql:");
    try (Connection direct = superuser(clusters.successor()).getConnection()) {
      Sql.execute(
          direct,
          "alter role %s password '%s'"
              .formatted(clusters.successor().superuser(), clusters.old().superuserPassword()));
    }
    Connection session = clusters.connect();
    try (Connection owner = superuser(clusters.old()).getConnection()) {
      Sql.execute(owner, "create role boss; grant boss to " + clusters.old().user());
    }
    Sql.execute(session, "set role boss");

    assertThat(baton("cutover", "status", old).text()).contains("There was no cut over");
    Ended obstacle = baton("cutover", "rehearse", old, successor);
    assertThat(obstacle.text()).contains("NO-GO").contains("boss").contains("no-go: 3 obstacles");
    assertThat(obstacle.code()).isEqualTo(1);

    String to = "--to=" + clusters.successor().hosts();
    CompletableFuture<Ended> running =
        CompletableFuture.supplyAsync(
            () -> baton("cutover", "run", old, successor, to, "--join-time", "1500ms"));
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> baton("cutover", "status", old).text().contains("boss"));
    Ended status = baton("cutover", "status", old);
    assertThat(status.text())
        .contains("announced since")
        .contains("it is taken back if it does not go on within")
        .contains("role \"boss\" does not exist");
    assertThat(baton("cutover", "undo", old, "--reason", "lunch first"))
        .isEqualTo(
            new Ended(
                0,
                "taken back: the applications go on at the old database" + System.lineSeparator()));
    assertThat(running.get().text()).contains("s  announced").contains("s  taken back: lunch");
    assertThat(running.get().code()).isEqualTo(1);

    Sql.execute(session, "reset role");
    try (Connection owner = superuser(clusters.old()).getConnection()) {
      Sql.execute(owner, "revoke boss from %s; drop role boss".formatted(clusters.old().user()));
    }
    Ended go = baton("cutover", "rehearse", old, successor);
    assertThat(go.text().strip()).endsWith("go").doesNotContain("no-go");
    assertThat(go.code()).isZero();
    assertThat(rehearsed(session, "record", file, old, successor, to))
        .contains("1 applications took part, 1 reads were compared.")
        .endsWith("go");
    assertThat(Files.readString(folder.resolve("reads.txt")))
        .contains("account")
        .doesNotContain("4711");
    assertThat(rehearsed(session, "compare", file, old, successor, to))
        .contains("1 applications took part, 1 reads were compared.")
        .endsWith("go");
    Ended opened = baton("cutover", "run", old, successor, to, "--join-time", "1500ms");
    assertThat(opened.text())
        .contains("s  announced", "s  gated", "s  fenced", "s  opened")
        .contains("The applications are at " + clusters.successor().hosts() + ": programs 1");
    assertThat(opened.code()).isZero();
    assertThat(Sql.ask(session, "show server_version_num")).startsWith("18");

    Ended late = baton("cutover", "undo", old);
    assertThat(late.text()).contains("nothing to take back: the newest cut over is opened");
    assertThat(late.code()).isEqualTo(1);
  }

  @Test
  void fenceCommand_closesTheFenceAndOpensIt(@TempDir Path folder) throws Exception {
    String old = "--old=" + url(clusters.old(), "jdbc:postgresql:");
    String successor =
        "--new="
            + url(clusters.successor(), "jdbc:postgresql:")
            + "&password="
            + clusters.successor().superuserPassword();
    String to = "--to=" + clusters.successor().hosts();
    Path said = folder.resolve("said");
    String command =
        "--fence-command=echo $BATON_FENCE $BATON_FENCE_LIMIT_MS $BATON_CUTOVER >> " + said;
    String[] run = {"cutover", "run", old, successor, to, "--join-time=1500ms", "--pause=2s", ""};
    try (Connection connection = clusters.connect("baton.cutoverPause=20s")) {
      Sql.execute(connection, "insert into entry (what) values ('x')");

      run[7] = command + "; [ $BATON_FENCE = open ]";
      Ended refused = baton(run);
      assertThat(refused.text()).contains("--fence-command ended with 1 on 'close'");
      assertThat(refused.code()).isEqualTo(1);
      String id = ReplicatedClusters.ask(clusters.old(), "select id::text from baton.cutover");
      assertThat(Files.readAllLines(said)).containsExactly("close 3000 " + id, "open 0 " + id);
      Sql.execute(connection, "insert into entry (what) values ('x')");

      Files.delete(said);
      assertThat(baton("cutover", "undo", old, command).code()).isEqualTo(1);
      assertThat(Files.readAllLines(said)).containsExactly("open 0 " + id);

      Files.delete(said);
      run[7] = command;
      assertThat(baton(run).text()).contains("s  opened");
      assertThat(Files.readAllLines(said)).hasSize(1).first().asString().startsWith("close 3000 ");
      Sql.execute(connection, "insert into entry (what) values ('x')");
      assertThat(Sql.ask(connection, "show server_version_num")).startsWith("18");
    }
  }
}

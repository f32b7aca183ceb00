package io.baton.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Nothing outlives a cluster, nor the JVM that has started it, however they end. */
@Tag("campaign")
class LeftoversTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Test
  void cluster_closed_leavesNoProcessFolderOrSharedMemory() throws IOException {
    List<ProcessHandle> processes;
    List<String> segments;
    Path folder;
    try (PostgresCluster cluster = PostgresCluster.builder().standbys(1).start()) {
      folder = cluster.node(0).dataFolder().orElseThrow().resolve("../..").normalize();
      processes = serversIn(folder);
      segments = sharedMemoryOf(folder);
      cluster.node(1).freeze();
      assertThat(processes).hasSizeGreaterThan(4);
      assertThat(segments).hasSize(2);
      assertThat(sharedMemory()).containsAll(segments);
    }

    awaitEnd(processes);
    assertThat(folder).doesNotExist();
    assertThat(sharedMemory()).doesNotContainAnyElementsOf(segments);
  }

  @Test
  void jvm_killed_leavesNoProcessFolderOrSharedMemory() throws Exception {
    Abandoned abandoned = Abandoned.start();

    abandoned.jvm.destroyForcibly();
    assertThat(abandoned.jvm.waitFor(30, TimeUnit.SECONDS)).isTrue();

    awaitEnd(abandoned.processes);
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(abandoned.folder).doesNotExist());
    assertThat(sharedMemory()).doesNotContainAnyElementsOf(abandoned.segments);
  }

  @Test
  void jvm_exited_hasAlreadyCleanedUp() throws Exception {
    Abandoned abandoned = Abandoned.start();

    abandoned.jvm.getOutputStream().write('e');
    abandoned.jvm.getOutputStream().flush();
    assertThat(abandoned.jvm.waitFor(30, TimeUnit.SECONDS)).isTrue();

    assertThat(abandoned.folder).doesNotExist();
    assertThat(sharedMemory()).doesNotContainAnyElementsOf(abandoned.segments);
    awaitEnd(abandoned.processes);
  }

  /** A killed process whose parent has died too exists until the system has collected it. */
  private static void awaitEnd(List<ProcessHandle> processes) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(processes).noneMatch(ProcessHandle::isAlive));
  }

  private static List<ProcessHandle> serversIn(Path folder) {
    return ProcessHandle.current()
        .children()
        .filter(child -> child.info().commandLine().orElse("").contains(folder.toString()))
        .flatMap(postmaster -> Stream.concat(Stream.of(postmaster), postmaster.descendants()))
        .toList();
  }

  /** Another JVM with a cluster that it does not close, of which one node is frozen. */
  private record Abandoned(
      Process jvm, Path folder, List<ProcessHandle> processes, List<String> segments) {

    static Abandoned start() throws IOException {
      Process jvm =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-D" + BinaryArchive.FOLDERS + "=" + System.getProperty(BinaryArchive.FOLDERS),
                  "-cp",
                  System.getProperty("java.class.path"),
                  AbandonedCluster.class.getName())
              .redirectErrorStream(true)
              .start();
      List<String> said = new ArrayList<>();
      try {
        BufferedReader output = jvm.inputReader();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
          said.add(line);
          if (line.equals("READY")) {
            break;
          }
        }
        Path folder = Path.of(after("FOLDER ", said));
        return new Abandoned(
            jvm,
            folder,
            Stream.of(after("PROCESSES ", said).split(" "))
                .map(pid -> ProcessHandle.of(Long.parseLong(pid)))
                .flatMap(Optional::stream)
                .toList(),
            sharedMemoryOf(folder.resolve("cluster-1")));
      } catch (RuntimeException | Error e) {
        jvm.destroyForcibly();
        throw e;
      }
    }

    private static String after(String word, List<String> lines) {
      return lines.stream()
          .filter(line -> line.startsWith(word))
          .findFirst()
          .orElseThrow(() -> new AssertionError("The other JVM said: " + lines))
          .substring(word.length());
    }
  }

  /** The ids of the System V segments that servers below a cluster's folder hold. */
  private static List<String> sharedMemoryOf(Path cluster) throws IOException {
    try (Stream<Path> files = Files.walk(cluster, 3)) {
      List<String> segments = new ArrayList<>();
      for (Path file : files.filter(file -> file.endsWith("postmaster.pid")).toList()) {
        segments.add(secondWord(Files.readAllLines(file).get(6)));
      }
      return segments;
    }
  }

  /** The ids of all System V segments, where the system shows them in a file. */
  private static List<String> sharedMemory() throws IOException {
    Path list = Path.of("/proc/sysvipc/shm");
    return Files.exists(list)
        ? Files.readAllLines(list).stream().map(LeftoversTest::secondWord).toList()
        : List.of();
  }

  private static String secondWord(String line) {
    return line.strip().replaceAll("^\\S+\\s+(\\S+).*", "$1");
  }
}

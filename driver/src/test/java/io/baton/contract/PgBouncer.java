package io.baton.contract;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real PgBouncer before one server. */
final class PgBouncer implements AutoCloseable {

  private static final Path SCRIPT =
      Path.of(System.getProperty("baton.scripts", "../testkit/scripts"), "pgbouncer-pool");

  private final Path folder;
  private final int port;

  private PgBouncer(Path folder, int port) {
    this.folder = folder;
    this.port = port;
  }

  /**
   * Starts it.
   *
   * @param mode how long it lends a server connection
   * @param size how many server connections it has at most
   * @param settings lines of its configuration
   */
  static PgBouncer start(
      PostgresCluster cluster, PostgresNode server, String mode, int size, String... settings)
      throws IOException, InterruptedException {
    PgBouncer started = new PgBouncer(Files.createTempDirectory("baton-pgbouncer"), freePort());
    List<String> arguments =
        new ArrayList<>(
            List.of(
                String.valueOf(started.port),
                mode,
                String.valueOf(size),
                String.valueOf(server.directPort()),
                cluster.database(),
                cluster.user(),
                cluster.password()));
    arguments.addAll(List.of(settings));
    started.script("start", arguments);
    return started;
  }

  static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  int port() {
    return port;
  }

  /** Clients get no server connection any more. */
  void pause() throws IOException, InterruptedException {
    script("pause", List.of());
  }

  /** Clients get server connections again. */
  void resume() throws IOException, InterruptedException {
    script("resume", List.of());
  }

  @Override
  public void close() throws IOException {
    try {
      script("stop", List.of());
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while PgBouncer was stopped", ended);
    }
  }

  private void script(String command, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> line = new ArrayList<>(List.of(SCRIPT.toString(), command, folder.toString()));
    line.addAll(arguments);
    Process process = new ProcessBuilder(line).inheritIO().start();
    if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IOException(line + " failed");
    }
  }
}

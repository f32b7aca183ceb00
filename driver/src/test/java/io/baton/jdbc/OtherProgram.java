package io.baton.jdbc;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * Another program that uses a database through Baton: a JVM of its own, which can be frozen. It
 * adds one row to {@code entry} after the other, and says so.
 */
final class OtherProgram implements AutoCloseable {

  private final Process process;
  private final Queue<String> said = new ConcurrentLinkedQueue<>();
  private final Thread listener;

  private OtherProgram(Process process) {
    this.process = process;
    this.listener = new Thread(this::listen, "other program");
  }

  /** The program itself. */
  public static void main(String[] arguments) throws SQLException {
    try (Connection connection =
        DriverManager.getConnection(arguments[0], arguments[1], arguments[2])) {
      connection.setAutoCommit(false); // Outside of a transaction a write may end as unknown.
      for (int number = 0; ; number++) {
        Sql.execute(connection, "insert into entry (what) values ('other " + number + "')");
        connection.commit();
        System.out.println("other " + number);
      }
    } catch (SQLException failure) {
      System.out.println(failure);
      throw failure;
    }
  }

  /** Starts it; returns when it works. */
  static OtherProgram start(String url, String user, String password) throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                OtherProgram.class.getName(),
                url,
                user,
                password)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    OtherProgram program = new OtherProgram(process);
    program.listener.start();
    program.awaitProgress();
    return program;
  }

  private void listen() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        said.add(line);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** SIGSTOP. */
  void freeze() {
    signal("-STOP");
  }

  /** SIGCONT. */
  void thaw() {
    signal("-CONT");
  }

  private void signal(String signal) {
    try {
      new ProcessBuilder("kill", signal, String.valueOf(process.pid())).start().waitFor();
    } catch (IOException | InterruptedException failure) {
      throw new IllegalStateException(failure);
    }
  }

  /** Waits until it has done some more; it ends at the first error. */
  void awaitProgress() {
    int before = said.size();
    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> said.size() > before + 5 || !process.isAlive());
    if (!process.isAlive()) {
      List<String> all = List.copyOf(said);
      throw new AssertionError(
          "the other program ended after " + all.size() + " rows: " + all.get(all.size() - 1));
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** What it has done, once it is closed. */
  List<String> done() {
    return List.copyOf(said);
  }

  @Override
  public void close() {
    thaw();
    signal("-KILL"); // Process.destroy would close the stream before its last lines are read.
    try {
      process.waitFor();
      listener.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

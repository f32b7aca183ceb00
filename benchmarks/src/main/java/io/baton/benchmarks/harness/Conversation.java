package io.baton.benchmarks.harness;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A child JVM that is running, and the lines that go to and fro. Thread-safe. */
public final class Conversation implements AutoCloseable {
  private final Process process;
  private final BufferedWriter toChild;
  private final BlockingQueue<String> fromChild = new LinkedBlockingQueue<>();

  Conversation(Process process) {
    this.process = process;
    this.toChild = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), UTF_8));
    Thread reader = new Thread(this::read, "child-" + process.pid());
    reader.setDaemon(true);
    reader.start();
  }

  private void read() {
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
      String line = reader.readLine();
      while (line != null) {
        fromChild.add(line);
        line = reader.readLine();
      }
    } catch (IOException e) {
      // The child is gone, which awaitEnd tells.
    }
  }

  public void say(String line) throws IOException {
    synchronized (toChild) {
      toChild.write(line);
      toChild.newLine();
      toChild.flush();
    }
  }

  /**
   * Waits until the child says a line that begins so; what else it says meanwhile is lost.
   *
   * @return null if it did not in time, or has ended without
   */
  public @Nullable String awaitBeginning(String beginning, Duration patience)
      throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (System.nanoTime() < deadline) {
      boolean alive = process.isAlive();
      String said = fromChild.poll(50, TimeUnit.MILLISECONDS);
      if (said != null && said.startsWith(beginning)) {
        return said;
      }
      if (said == null && !alive) {
        return null;
      }
    }
    return null;
  }

  /** Waits until the child has ended, and returns its exit code. */
  public int awaitEnd(Duration patience) throws IOException, InterruptedException {
    if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IOException("The child JVM does not end");
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}

package io.baton.benchmarks.harness;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a benchmark says what it does, and the folder for its files. Thread-safe. */
public record Output(Path folder, PrintStream terminal) {

  /** The output of the benchmark of that name, below this one. */
  public Output of(String name) throws IOException {
    Path own = folder.resolve(name);
    Files.createDirectories(own);
    return new Output(own, terminal);
  }

  public void say(String line) {
    terminal.println(line);
    terminal.flush();
  }

  /** Writes a file and says so. */
  public void write(String file, String content) throws IOException {
    Path path = folder.resolve(file);
    Files.writeString(path, content);
    say("wrote " + path.toAbsolutePath().normalize());
  }

  /** Removes what an earlier run has left, so that no old result passes for a new one. */
  public void discard(String... files) throws IOException {
    for (String file : files) {
      Files.deleteIfExists(folder.resolve(file));
    }
  }
}

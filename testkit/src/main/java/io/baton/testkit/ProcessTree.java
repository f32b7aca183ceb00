package io.baton.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A process of this machine and its descendants, as a target of signals. */
record ProcessTree(ProcessHandle root) {
  /** Signals the root alone. */
  void signalRoot(Signal signal) {
    send(signal, List.of(root));
  }

  /** Signals all: the root first and before the others are looked up, if it is to stop forking. */
  void signalAll(Signal signal) {
    if (signal == Signal.STOP) {
      signalRoot(signal);
    }
    send(signal, all());
  }

  /**
   * Kills all at once and waits until they are gone. The root stands still meanwhile and dies last:
   * a backend that saw its postmaster die would still say goodbye to its client.
   */
  void kill() {
    signalRoot(Signal.STOP);
    List<ProcessHandle> all = all();
    send(Signal.KILL, all);
    if (!Wait.until(Wait.PATIENCE, () -> all.stream().noneMatch(ProcessTree::isAlive))) {
      throw new ClusterException("Processes survive SIGKILL: " + all);
    }
  }

  boolean isAlive() {
    return isAlive(root);
  }

  private List<ProcessHandle> all() {
    return Stream.concat(root.descendants(), Stream.of(root)).toList();
  }

  /** A process that is dead but not yet collected by its parent counts as dead. */
  private static boolean isAlive(ProcessHandle process) {
    if (!process.isAlive()) {
      return false;
    }
    try {
      String state = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
      return state.charAt(state.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException noProcFileSystemOrGone) {
      return process.isAlive();
    }
  }

  private static void send(Signal signal, List<ProcessHandle> targets) {
    String pids =
        targets.stream()
            .map(process -> Long.toString(process.pid()))
            .collect(Collectors.joining(" "));
    try {
      new ProcessBuilder("sh", "-c", "kill -" + signal + " " + pids + " 2>/dev/null")
          .start()
          .waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

package io.baton.benchmarks.harness;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.function.Consumer;

/**
 * A JVM to be started with this one's class path, which ends when this one ends. Not thread-safe.
 */
public final class ChildJvm {
  private static final String CHILD = "baton.benchmarks.child";

  private final Class<?> mainClass;
  private final List<String> launcher = new ArrayList<>();
  private final List<String> options = new ArrayList<>();

  public ChildJvm(Class<?> mainClass) {
    this.mainClass = mainClass;
  }

  /** A command that starts the JVM. */
  ChildJvm under(String... command) {
    launcher.addAll(List.of(command));
    return this;
  }

  /** Options of the JVM, such as {@code -Xmx256m}. */
  public ChildJvm with(String... jvmOptions) {
    options.addAll(List.of(jvmOptions));
    return this;
  }

  /** Hands on the system properties whose names begin so. */
  public ChildJvm withPropertiesOfThis(String beginning) {
    Properties properties = System.getProperties();
    for (String name : properties.stringPropertyNames()) {
      if (name.startsWith(beginning)) {
        options.add("-D" + name + "=" + properties.getProperty(name));
      }
    }
    return this;
  }

  /** Runs it to its end, and returns its exit code. */
  public int run(List<String> arguments) throws IOException, InterruptedException {
    Process process = start(arguments, ProcessBuilder.Redirect.INHERIT);
    try {
      return process.waitFor();
    } finally {
      process.destroyForcibly();
    }
  }

  /** Starts it, to be talked with. */
  public Conversation converse(List<String> arguments) throws IOException {
    return new Conversation(start(arguments, ProcessBuilder.Redirect.PIPE));
  }

  private Process start(List<String> arguments, ProcessBuilder.Redirect output) throws IOException {
    List<String> command = new ArrayList<>(launcher);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-D" + CHILD + "=true");
    command.addAll(options);
    command.add(mainClass.getName());
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    // Not an argument: a class path can be longer than those may be.
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder.redirectOutput(output);
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    return builder.start();
  }

  /**
   * To be called first in a main method: if this JVM is a child, it ends when its parent is gone,
   * however that has ended.
   */
  public static void endWithParent() {
    listenToParent(line -> {});
  }

  /** The same, and what the parent says is handed on, line by line. */
  public static void listenToParent(Consumer<String> listener) {
    if (!Boolean.getBoolean(CHILD)) {
      return;
    }
    Thread thread = new Thread(() -> listenUntilEnd(listener), "parent");
    thread.setDaemon(true);
    thread.start();
  }

  private static void listenUntilEnd(Consumer<String> listener) {
    try {
      BufferedReader parent = new BufferedReader(new InputStreamReader(System.in, UTF_8));
      String line = parent.readLine();
      while (line != null) {
        listener.accept(line);
        line = parent.readLine();
      }
    } catch (IOException e) {
      // No parent either.
    }
    Runtime.getRuntime().exit(1);
  }
}

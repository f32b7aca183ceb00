package io.baton.benchmarks.harness;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

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
    Process process = start(arguments);
    try {
      return process.waitFor();
    } finally {
      process.destroyForcibly();
    }
  }

  private Process start(List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(launcher);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-D" + CHILD + "=true");
    command.addAll(options);
    command.add(mainClass.getName());
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    // Not an argument: a class path can be longer than those may be.
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder.redirectOutput(ProcessBuilder.Redirect.INHERIT);
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    return builder.start();
  }

  /**
   * To be called first in a main method: if this JVM is a child, it ends when its parent is gone,
   * however that has ended.
   */
  public static void endWithParent() {
    if (!Boolean.getBoolean(CHILD)) {
      return;
    }
    Thread watch =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {
                  // The parent says nothing; the end of the stream is its end.
                }
              } catch (IOException e) {
                // No parent either.
              }
              Runtime.getRuntime().exit(1);
            },
            "parent-watch");
    watch.setDaemon(true);
    watch.start();
  }
}

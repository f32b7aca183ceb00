package io.baton.benchmarks.overhead;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;

/**
 * Where the thread that measures was met by the sampler of the JVM, in Java code, while pgjdbc and
 * a wrapper took turns.
 *
 * <p>A sample counts for whoever was called: for the wrapper if one of its methods is on the stack.
 * It is one of code of the driver or of the wrapper, by the innermost method of either; methods of
 * the JDK count for their callers.
 *
 * @param bare in pgjdbc, called by the application
 * @param underneath in pgjdbc, called by the wrapper
 * @param wrapper in the wrapper
 * @param methods those in the wrapper, by method
 */
record Samples(int bare, int underneath, int wrapper, Map<String, Integer> methods) {

  private static final String EVENT = "jdk.ExecutionSample";
  private static final String DRIVER = "org.postgresql.";
  private static final String OURS = "io.baton.benchmarks.";
  private static final List<String> WRAPPERS = List.of("io.baton.", "software.amazon.jdbc.");

  /** The event that is recorded. */
  static String event() {
    return EVENT;
  }

  /** Reads a recording. */
  static Samples of(Path recording, String thread) throws IOException {
    int bare = 0;
    int underneath = 0;
    int wrapper = 0;
    Map<String, Integer> methods = new HashMap<>();
    try (RecordingFile file = new RecordingFile(recording)) {
      while (file.hasMoreEvents()) {
        RecordedEvent event = file.readEvent();
        RecordedStackTrace stack = event.getStackTrace();
        if (stack == null
            || !event.getEventType().getName().equals(EVENT)
            || !thread.equals(event.getThread("sampledThread").getJavaName())) {
          continue;
        }
        RecordedFrame owner = innermost(stack.getFrames());
        if (owner == null) {
          continue;
        }
        if (isWrapper(owner)) {
          wrapper++;
          methods.merge(name(owner), 1, Integer::sum);
        } else if (stack.getFrames().stream().anyMatch(Samples::isWrapper)) {
          underneath++;
        } else {
          bare++;
        }
      }
    }
    return new Samples(bare, underneath, wrapper, Map.copyOf(methods));
  }

  private static @Nullable RecordedFrame innermost(List<RecordedFrame> frames) {
    for (RecordedFrame frame : frames) {
      if (isWrapper(frame) || typeOf(frame).startsWith(DRIVER)) {
        return frame;
      }
    }
    return null;
  }

  private static boolean isWrapper(RecordedFrame frame) {
    String type = typeOf(frame);
    return !type.startsWith(OURS) && WRAPPERS.stream().anyMatch(type::startsWith);
  }

  private static String typeOf(RecordedFrame frame) {
    return frame.getMethod().getType().getName();
  }

  private static String name(RecordedFrame frame) {
    String type = typeOf(frame);
    return String.format(
        Locale.ROOT,
        "%s.%s",
        type.substring(type.lastIndexOf('.') + 1),
        frame.getMethod().getName());
  }
}

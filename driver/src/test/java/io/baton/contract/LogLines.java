package io.baton.contract;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** What loggers write while this is open: slf4j-simple writes to the standard error stream. */
final class LogLines implements AutoCloseable {

  private final Map<Logger, Integer> levels = new HashMap<>();
  private final PrintStream standardError = System.err;
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  LogLines(Level level, String... names) throws ReflectiveOperationException {
    for (String name : names) {
      Logger logger = LoggerFactory.getLogger(name);
      levels.put(logger, levelOf(logger).getInt(logger));
      levelOf(logger).setInt(logger, level.toInt());
    }
    System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
  }

  private static Field levelOf(Logger logger) throws ReflectiveOperationException {
    Field level = logger.getClass().getDeclaredField("currentLogLevel");
    level.setAccessible(true);
    return level;
  }

  List<String> lines() {
    return written.toString(StandardCharsets.UTF_8).lines().toList();
  }

  List<String> lines(String containing) {
    return lines().stream().filter(line -> line.contains(containing)).toList();
  }

  @Override
  public void close() throws ReflectiveOperationException {
    System.setErr(standardError);
    for (Map.Entry<Logger, Integer> each : levels.entrySet()) {
      levelOf(each.getKey()).setInt(each.getKey(), each.getValue());
    }
  }
}

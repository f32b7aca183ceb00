package io.baton;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Properties;

/**
 * The version of Baton, as the build wrote it into {@code version.properties} beside this class.
 */
final class BatonVersion {

  /** The version in full, such as {@code 1.2.3} or {@code 1.2.3-SNAPSHOT}. */
  static final String FULL = read();

  /** The number before the first dot. */
  static final int MAJOR = number(0);

  /** The number between the first dot and the second. */
  static final int MINOR = number(1);

  private BatonVersion() {}

  private static String read() {
    try (InputStream content = BatonVersion.class.getResourceAsStream("version.properties")) {
      Properties properties = new Properties();
      properties.load(Objects.requireNonNull(content, "version.properties is missing"));
      return Objects.requireNonNull(properties.getProperty("version"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int number(int index) {
    return Integer.parseInt(FULL.split("[.-]", -1)[index]);
  }
}

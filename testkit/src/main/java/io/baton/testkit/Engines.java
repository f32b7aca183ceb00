package io.baton.testkit;

import java.util.Locale;
import java.util.Optional;

/** The choice between servers on this machine and servers in containers. */
final class Engines {
  /** System property: embedded, docker or auto (the default). */
  static final String PROPERTY = "baton.testkit.engine";

  private Engines() {}

  static Engine choose(ClusterSpecification specification) {
    String wanted = System.getProperty(PROPERTY, "auto").toLowerCase(Locale.ROOT);
    return switch (wanted) {
      case "embedded", "auto" -> embedded(specification);
      default ->
          throw new ClusterException(
              PROPERTY + " must be embedded, docker or auto, and is " + wanted);
    };
  }

  private static Engine embedded(ClusterSpecification specification) {
    Optional<Platform> platform = Platform.current();
    if (platform.isEmpty()) {
      throw new ClusterException(
          "There are no embedded PostgreSQL binaries for "
              + System.getProperty("os.name")
              + " on "
              + System.getProperty("os.arch"));
    }
    BinaryArchive archive =
        BinaryArchive.find(specification.version(), platform.get())
            .orElseThrow(
                () ->
                    new ClusterException(
                        "No binaries of "
                            + specification.version()
                            + " found. "
                            + BinaryArchive.advice(specification.version(), platform.get())));
    return new EmbeddedEngine(specification, archive);
  }
}

package io.baton.testkit;

import java.util.Optional;

/** The choice between servers on this machine and servers in containers. */
final class Engines {
  private Engines() {}

  static Engine start(ClusterSpecification specification) {
    return switch (specification.engine()) {
      case EMBEDDED ->
          embedded(
              specification,
              archive(specification)
                  .orElseThrow(() -> new ClusterException(whyNotEmbedded(specification))));
      case DOCKER -> {
        if (!isDockerAvailable()) {
          throw new ClusterException(whyNotDocker());
        }
        yield new ContainerEngine(specification);
      }
      case AUTO -> {
        Optional<BinaryArchive> archive = archive(specification);
        if (archive.isPresent()) {
          yield embedded(specification, archive.get());
        }
        if (isDockerAvailable()) {
          yield new ContainerEngine(specification);
        }
        throw new ClusterException(whyNotEmbedded(specification) + " " + whyNotDocker());
      }
    };
  }

  private static Optional<BinaryArchive> archive(ClusterSpecification specification) {
    return Platform.current()
        .flatMap(platform -> BinaryArchive.find(specification.version(), platform));
  }

  private static Engine embedded(ClusterSpecification specification, BinaryArchive archive) {
    return new EmbeddedEngine(specification, archive, ServerAccount.current());
  }

  private static String whyNotEmbedded(ClusterSpecification specification) {
    return Platform.current()
        .map(
            platform ->
                "No binaries of "
                    + specification.version()
                    + " found. "
                    + BinaryArchive.advice(specification.version(), platform))
        .orElseGet(
            () ->
                "There are no embedded PostgreSQL binaries for "
                    + System.getProperty("os.name")
                    + " on "
                    + System.getProperty("os.arch")
                    + ".");
  }

  private static String whyNotDocker() {
    return hasTestcontainers()
        ? "No Docker engine answers."
        : "To use a Docker engine instead, add org.testcontainers:testcontainers to the class path"
            + " of your tests.";
  }

  /** Testcontainers is an optional dependency: nothing here may need its classes to be loaded. */
  private static boolean hasTestcontainers() {
    try {
      Class.forName(
          "org.testcontainers.containers.GenericContainer", false, Engines.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  private static boolean isDockerAvailable() {
    return hasTestcontainers() && ContainerEngine.isPossible();
  }
}

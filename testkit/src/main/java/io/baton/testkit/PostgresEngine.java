package io.baton.testkit;

import java.util.Locale;

/** Where the servers of a cluster run. */
public enum PostgresEngine {
  /** Embedded where binaries are found, else in a container where a Docker engine answers. */
  AUTO,
  /** As processes of this machine, from binaries that Maven has brought. */
  EMBEDDED,
  /** In a container, by Testcontainers, which must be on the class path. */
  DOCKER;

  private static final String PREFERRED = "baton.testkit.engine";

  /** The one in the system property {@code baton.testkit.engine}, else {@link #AUTO}. */
  public static PostgresEngine preferred() {
    String name = System.getProperty(PREFERRED, AUTO.name());
    try {
      return valueOf(name.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new ClusterException(
          PREFERRED + " must be embedded, docker or auto, and is " + name, e);
    }
  }
}

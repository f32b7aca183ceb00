package io.baton.testkit;

import java.util.Arrays;
import java.util.Optional;

/** A major version of PostgreSQL that the testkit can run. */
public enum PostgresVersion {
  V14(14),
  V15(15),
  V16(16),
  V17(17),
  V18(18);

  private final int major;

  PostgresVersion(int major) {
    this.major = major;
  }

  private static final String PREFERRED = "baton.testkit.version";

  /**
   * The version that a cluster runs unless it is told another: the newest, or the one in the system
   * property {@code baton.testkit.version}, such as 16, so that a whole suite can be run on it.
   */
  public static PostgresVersion preferred() {
    return Optional.ofNullable(Integer.getInteger(PREFERRED)).map(PostgresVersion::of).orElse(V18);
  }

  /** The constant for a major version such as 16. */
  public static PostgresVersion of(int major) {
    return Arrays.stream(values())
        .filter(version -> version.major == major)
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("No such PostgreSQL in the testkit: " + major));
  }

  public int major() {
    return major;
  }

  public boolean isAtLeast(PostgresVersion other) {
    return compareTo(other) >= 0;
  }

  @Override
  public String toString() {
    return "PostgreSQL " + major;
  }
}

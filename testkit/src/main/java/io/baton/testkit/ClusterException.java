package io.baton.testkit;

import org.jspecify.annotations.Nullable;

/**
 * The exception of the testkit when it cannot do what it was asked to do with its servers: a server
 * that does not start, a platform without binaries, a standby that does not catch up.
 */
public final class ClusterException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ClusterException(String message) {
    super(message);
  }

  public ClusterException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}

package io.baton.failover.outcome;

import io.baton.routing.consistency.Lsn;
import io.baton.routing.topology.ServerKind;
import org.jspecify.annotations.Nullable;

/** Servers of one cluster, as they would answer. */
public final class Instances {

  private Instances() {}

  /** A server, by what tells one stretch of its life from another. */
  public static ServerInstance server(
      int timeline, String started, @Nullable String replayed, @Nullable String received) {
    return new ServerInstance(
        ServerKind.POSTGRESQL,
        "1",
        timeline,
        started,
        "127.0.0.1 5432",
        lsn(replayed),
        lsn(received),
        4711,
        "101",
        false,
        ServerInstance.Marking.EVERY_ROLE,
        false);
  }

  /** An instance of Aurora. */
  static ServerInstance aurora(String started, String address) {
    return new ServerInstance(
        ServerKind.AURORA,
        "aurora 1 2",
        0,
        started,
        address,
        null,
        null,
        4711,
        "101",
        false,
        ServerInstance.Marking.EVERY_ROLE,
        false);
  }

  private static @Nullable Lsn lsn(@Nullable String text) {
    return text == null ? null : Lsn.parse(text);
  }
}

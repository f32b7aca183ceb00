package io.baton.examples.demo;

import io.baton.examples.demo.Timeline.Event;
import io.baton.examples.demo.Timeline.Kind;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import java.sql.SQLException;
import java.util.function.Supplier;

/** What is done to the cluster, each time noted on the timeline. Used by one thread. */
final class Disruptions {
  private final PostgresCluster cluster;
  private final Timeline timeline;
  private final RunClock clock;

  Disruptions(PostgresCluster cluster, Timeline timeline, RunClock clock) {
    this.cluster = cluster;
    this.timeline = timeline;
    this.clock = clock;
  }

  /** Kills the primary with SIGKILL and promotes a standby; the killed server stays down. */
  Event crash() throws SQLException {
    return movePrimary(Kind.CRASH, "killed", cluster::failover);
  }

  /** Exchanges the primary as planned work does; the old one comes back as a standby. */
  Event switchover() throws SQLException {
    return movePrimary(Kind.SWITCHOVER, "stopped in good order", cluster::switchover);
  }

  /** Makes a server that was killed a standby again. */
  Event rebuild(PostgresNode node) {
    long began = clock.now();
    cluster.rebuild(node);
    return add(
        Kind.REBUILD, began, began, cluster.primary().name(), node.name() + " is a standby again");
  }

  private Event movePrimary(Kind kind, String whatHappens, Supplier<PostgresNode> change)
      throws SQLException {
    PostgresNode old = cluster.primary();
    try (Witness witness = Witness.of(cluster.standbys(), clock)) {
      long began = clock.now();
      PostgresNode promoted = change.get();
      long writable = witness.firstWriteNanos().orElseGet(clock::now);
      return add(
          kind,
          began,
          writable,
          promoted.name(),
          "%s %s, %s promoted".formatted(old.name(), whatHappens, promoted.name()));
    }
  }

  private Event add(Kind kind, long began, long writable, String primary, String detail) {
    Event event =
        new Event(kind, timeline.nextLabel(kind), began, writable, clock.now(), primary, detail);
    timeline.add(event);
    return event;
  }
}

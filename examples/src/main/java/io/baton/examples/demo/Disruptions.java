package io.baton.examples.demo;

import io.baton.examples.demo.Terminal.Colour;
import io.baton.examples.demo.Timeline.Event;
import io.baton.examples.demo.Timeline.Kind;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import java.sql.SQLException;
import java.util.function.Supplier;

/**
 * What is done to the cluster, each time said in the terminal when it begins and noted on the
 * timeline when it is done. Used by one thread.
 */
final class Disruptions {
  private final PostgresCluster cluster;
  private final Timeline timeline;
  private final RunClock clock;
  private final Terminal terminal;

  Disruptions(PostgresCluster cluster, Timeline timeline, RunClock clock, Terminal terminal) {
    this.cluster = cluster;
    this.timeline = timeline;
    this.clock = clock;
    this.terminal = terminal;
  }

  /** Kills the primary with SIGKILL and promotes a standby; the killed server stays down. */
  Event crash() throws SQLException {
    PostgresNode primary = cluster.primary();
    return movePrimary(
        Kind.CRASH,
        primary,
        "killed",
        () -> {
          primary.crash();
          return cluster.promoteStandby();
        });
  }

  /** Exchanges the primary as planned work does; the old one comes back as a standby. */
  Event switchover() throws SQLException {
    return movePrimary(Kind.SWITCHOVER, cluster.primary(), "stopped cleanly", cluster::switchover);
  }

  /** Makes a server that was killed a standby again. */
  Event rebuild(PostgresNode node) {
    long began = begin(Kind.REBUILD, node.name() + " is made a standby again");
    cluster.rebuild(node);
    return end(
        Kind.REBUILD, began, began, cluster.primary().name(), node.name() + " is a standby again");
  }

  private Event movePrimary(
      Kind kind, PostgresNode old, String whatHappens, Supplier<PostgresNode> change)
      throws SQLException {
    try (Witness witness = Witness.of(cluster.standbys(), clock)) {
      long began = begin(kind, old.name() + " is " + whatHappens);
      PostgresNode promoted = change.get();
      long writable = witness.firstWriteNanos().orElseGet(clock::now);
      return end(
          kind,
          began,
          writable,
          promoted.name(),
          "%s %s, %s promoted".formatted(old.name(), whatHappens, promoted.name()));
    }
  }

  private long begin(Kind kind, String what) {
    long now = clock.now();
    terminal.line(now, Colour.EVENT, timeline.nextLabel(kind), what);
    return now;
  }

  private Event end(Kind kind, long began, long writable, String primary, String detail) {
    Event event =
        new Event(kind, timeline.nextLabel(kind), began, writable, clock.now(), primary, detail);
    timeline.add(event);
    return event;
  }
}

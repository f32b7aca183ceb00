package io.baton.benchmarks.failover;

import io.baton.testkit.PostgresCluster;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** What happens to the primary. */
enum Scenario {
  CRASH("crash", "The primary is killed, a standby promoted") {
    @Override
    void strike(PostgresCluster cluster) {
      cluster.failover();
    }
  },
  SWITCHOVER("switchover", "The primary is stopped cleanly, a standby promoted") {
    @Override
    void strike(PostgresCluster cluster) {
      cluster.switchover();
    }
  },
  FREEZE("freeze", "The primary hangs, a standby is promoted") {
    @Override
    void strike(PostgresCluster cluster) {
      cluster.primary().freeze();
      cluster.promoteStandby();
    }
  },
  CUT("cut", "The network to the primary goes silent, a standby is promoted") {
    @Override
    void strike(PostgresCluster cluster) {
      cluster.primary().proxy().halfOpen();
      cluster.promoteStandby();
    }
  };

  private final String id;
  private final String label;

  Scenario(String id, String label) {
    this.id = id;
    this.label = label;
  }

  String id() {
    return id;
  }

  String label() {
    return label;
  }

  /** Does it, and has another server promoted. */
  abstract void strike(PostgresCluster cluster);

  static Scenario of(String id) {
    return Arrays.stream(values())
        .filter(scenario -> scenario.id.equals(id))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("No scenario " + id));
  }

  static List<String> ids() {
    return Arrays.stream(values()).map(Scenario::id).collect(Collectors.toUnmodifiableList());
  }
}

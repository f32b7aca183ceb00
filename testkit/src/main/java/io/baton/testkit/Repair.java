package io.baton.testkit;

import java.sql.SQLException;
import java.util.Comparator;
import java.util.List;

/** Restores a cluster to its specification, with as few changes as possible. */
record Repair(ClusterSpecification specification, List<PostgresNode> nodes, Roles roles) {
  void run() {
    nodes.forEach(Repair::liftFaults);
    PostgresNode primary = findPrimary();
    removeSurplus(primary);
    for (PostgresNode node : nodes) {
      if (node != primary) {
        joinTo(primary, node);
      }
    }
    nodes.forEach(PostgresNode::becomesAsSpecified);
  }

  private static void liftFaults(PostgresNode node) {
    node.proxy().disarm();
    node.proxy().restore();
    if (node.isFrozen()) {
      node.thaw();
    }
    node.forgetAlteredSettings();
  }

  private PostgresNode findPrimary() {
    if (!roles.hasWriter()) {
      nodes.stream()
          .filter(node -> !node.isConfiguredAsStandby())
          .max(Comparator.comparingLong(PostgresNode::lastTimeline))
          .ifPresentOrElse(PostgresNode::start, roles::promoteMostAdvanced);
    }
    return roles.primary();
  }

  private void removeSurplus(PostgresNode primary) {
    for (int index = nodes.size() - 1; nodes.size() > specification.standbys() + 1; index--) {
      PostgresNode node = nodes.get(index);
      if (node != primary) {
        node.close();
        nodes.remove(node);
      }
    }
    if (nodes.size() < specification.standbys() + 1) {
      throw new ClusterException("Nodes are missing: " + nodes);
    }
  }

  private void joinTo(PostgresNode primary, PostgresNode node) {
    if (!node.isConfiguredAsStandby()) {
      roles.rebuild(node);
      return;
    }
    node.follow(primary);
    if (!node.isRunning()) {
      node.start();
    }
    resumeReplay(node);
    if (!roles.joins(primary, node)) {
      roles.rebuild(node);
    }
  }

  private static void resumeReplay(PostgresNode node) {
    try (Superuser superuser = node.superuser()) {
      superuser.execute("SELECT pg_wal_replay_resume()");
    } catch (SQLException e) {
      throw new ClusterException("Cannot resume the replay on " + node, e);
    }
  }
}

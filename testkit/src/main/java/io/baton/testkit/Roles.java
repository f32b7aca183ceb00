package io.baton.testkit;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The roles of a cluster's nodes, and the ways in which they change. The servers themselves are
 * asked for their roles, since SQL can promote them, too.
 *
 * <p>Changes must be called one after the other; queries may run at any time.
 */
final class Roles {
  /** How long an old primary may take to find its way as a standby before it is made anew. */
  private static final Duration REJOIN_PATIENCE = Duration.ofSeconds(10);

  private final List<PostgresNode> nodes;
  private final PostgresVersion version;

  Roles(List<PostgresNode> nodes, PostgresVersion version) {
    this.nodes = nodes;
    this.version = version;
  }

  boolean hasWriter() {
    return lastWriter().isPresent();
  }

  PostgresNode primary() {
    return lastWriter()
        .or(this::frozenPrimary)
        .or(this::writerAfterChanges)
        .orElseThrow(() -> new ClusterException("No node is the primary now: " + nodes));
  }

  /** Of all nodes that accept writes, the one on the highest timeline. */
  private Optional<PostgresNode> lastWriter() {
    return nodes.parallelStream()
        .flatMap(node -> writer(node).stream())
        .max(Comparator.comparingLong(PostgresNode::lastTimeline));
  }

  private static Optional<PostgresNode> writer(PostgresNode node) {
    if (!node.answers()) {
      return Optional.empty();
    }
    try (Superuser superuser = node.superuser()) {
      if (superuser.isInRecovery()) {
        return Optional.empty();
      }
      node.wasSeenOn(superuser.timeline());
      return Optional.of(node);
    } catch (SQLException stoppingOrStarting) {
      return Optional.empty();
    }
  }

  /** Another thread may be starting or promoting one at this moment. */
  private Optional<PostgresNode> writerAfterChanges() {
    Wait.until(Wait.PATIENCE, () -> nodes.stream().noneMatch(PostgresNode::isChangedElsewhere));
    return lastWriter();
  }

  private Optional<PostgresNode> frozenPrimary() {
    return nodes.stream()
        .filter(node -> node.isFrozen() && !node.isConfiguredAsStandby())
        .findAny();
  }

  PostgresNode promoteMostAdvanced() {
    List<PostgresNode> standbys =
        nodes.stream().filter(PostgresNode::isConfiguredAsStandby).toList();
    List<PostgresNode> candidates = standbys.stream().filter(PostgresNode::answers).toList();
    boolean primaryIsGone =
        nodes.stream().noneMatch(node -> node.isRunning() && !node.isConfiguredAsStandby());
    if (primaryIsGone) {
      candidates.forEach(Roles::awaitEndOfReceiving);
    }
    PostgresNode chosen =
        candidates.stream()
            .max(Comparator.comparingLong(Roles::receivedPosition))
            .orElseThrow(() -> new ClusterException("No standby is running: " + nodes));
    chosen.promote();
    standbys.stream().filter(node -> node != chosen).forEach(node -> node.follow(chosen));
    return chosen;
  }

  /** What the dead primary sent last may still be on its way into the standby's files. */
  private static void awaitEndOfReceiving(PostgresNode standby) {
    try (Superuser superuser = standby.superuser()) {
      if (!superuser.await("SELECT NOT (" + Superuser.IS_RECEIVING + ")", Wait.PATIENCE)) {
        throw new ClusterException(standby + " goes on receiving from a primary that is gone");
      }
    } catch (SQLException e) {
      throw new ClusterException("Cannot ask " + standby, e);
    }
  }

  private static long receivedPosition(PostgresNode standby) {
    try (Superuser superuser = standby.superuser()) {
      return superuser.receivedPosition();
    } catch (SQLException e) {
      throw new ClusterException("Cannot ask " + standby, e);
    }
  }

  PostgresNode switchover() {
    PostgresNode old = primary();
    if (nodes.stream().anyMatch(node -> node != old && node.isFrozen())) {
      throw new ClusterException("A clean stop would wait for the frozen standby; thaw it first");
    }
    try (Superuser superuser = old.superuser()) {
      // The one that the stop waits for is then short.
      superuser.execute("CHECKPOINT");
    } catch (SQLException e) {
      throw new ClusterException("Cannot prepare " + old + " for the switchover", e);
    }
    old.stop();
    PostgresNode promoted = promoteMostAdvanced();
    old.follow(promoted);
    old.start();
    if (!joins(promoted, old)) {
      rebuild(old);
    }
    return promoted;
  }

  /** Whether a standby that was told to follow a primary succeeds in it. */
  boolean joins(PostgresNode primary, PostgresNode standby) {
    return streams(primary, List.of(standby), REJOIN_PATIENCE);
  }

  void rebuild(PostgresNode node) {
    PostgresNode primary = primary();
    if (primary == node) {
      throw new ClusterException(node + " is the primary; there is nothing to make it from");
    }
    node.crash();
    new BaseBackup(primary, version).takeTo(node);
    node.start();
    awaitStreaming(primary, List.of(node));
  }

  void awaitStreaming(PostgresNode primary, List<PostgresNode> standbys) {
    if (!streams(primary, standbys, Wait.PATIENCE)) {
      throw new ClusterException(
          "Not all of " + standbys + " stream from " + primary + ".\n" + primary.log());
    }
  }

  private static boolean streams(
      PostgresNode primary, List<PostgresNode> standbys, Duration patience) {
    try (Superuser superuser = primary.superuser()) {
      for (PostgresNode standby : standbys) {
        String streams =
            "SELECT count(*) > 0 FROM pg_stat_replication WHERE state = 'streaming'"
                + " AND application_name = "
                + ServerConfiguration.literal(standby.name());
        if (!superuser.await(streams, patience)) {
          return false;
        }
      }
      return true;
    } catch (SQLException e) {
      throw new ClusterException("Cannot ask " + primary, e);
    }
  }

  void awaitReplication() {
    try (Superuser primary = primary().superuser()) {
      String written = ServerConfiguration.literal(primary.query("SELECT pg_current_wal_lsn()"));
      for (PostgresNode node : nodes) {
        if (node.isConfiguredAsStandby() && node.answers()) {
          awaitReplayed(node, written);
        }
      }
    } catch (SQLException e) {
      throw new ClusterException("Cannot ask the primary", e);
    }
  }

  private static void awaitReplayed(PostgresNode standby, String position) throws SQLException {
    try (Superuser superuser = standby.superuser()) {
      if (!superuser.await(
          "SELECT pg_last_wal_replay_lsn() >= " + position + "::pg_lsn", Wait.PATIENCE)) {
        throw new ClusterException(standby + " does not replay up to " + position);
      }
    }
  }
}

package io.baton.failover.cutover;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Looks whether a cut over could go through, and what the application would miss afterwards.
 *
 * <p>It only reads, in one transaction on each side, and can be repeated at any time. What it sees
 * is the catalogues, the state of replication, and the sessions of the moment; rows of tables are
 * not compared. No obstacle among the findings means: go.
 *
 * <p>Thread-safe: it has no state.
 */
public final class CutoverRehearsal {

  private static final List<RehearsalCheck> CHECKS =
      Stream.of(
              ServerChecks.ALL,
              RightsChecks.ALL,
              ReplicationChecks.ALL,
              UncarriedChecks.ALL,
              SchemaChecks.ALL,
              ProgramChecks.ALL,
              RoleChecks.ALL)
          .flatMap(List::stream)
          .toList();

  private CutoverRehearsal() {}

  /**
   * Rehearses. The connections are those that the cut over would be driven with, in auto-commit
   * mode, and are left as they were.
   *
   * @param old leads to the writer of the old database
   * @param successor leads to the writer of the new database
   * @return what was found, empty if nothing was
   * @throws SQLException if a server fails or refuses; with 25001 if a connection is not in
   *     auto-commit mode; with 55P03 if an object is locked for more than 5 seconds
   */
  public static List<CutoverFinding> rehearse(Connection old, Connection successor)
      throws SQLException {
    try (RehearsedDatabase here = RehearsedDatabase.open(old);
        RehearsedDatabase there = RehearsedDatabase.open(successor)) {
      RehearsedPair pair =
          new RehearsedPair(
              here, there, ReplicatedMarker.subscriptions(successor), here.names(RoleChecks.ROLES));
      List<CutoverFinding> findings = findings(ServerChecks.WRITERS, pair);
      return findings.isEmpty() ? findings(CHECKS, pair) : findings;
    }
  }

  /** Whether both lead to writers, of two clusters. */
  static boolean arePair(Connection old, Connection successor) throws SQLException {
    try (RehearsedDatabase here = RehearsedDatabase.open(old);
        RehearsedDatabase there = RehearsedDatabase.open(successor)) {
      RehearsedPair pair = new RehearsedPair(here, there, List.of(), List.of());
      return findings(ServerChecks.WRITERS, pair).isEmpty() && !ServerChecks.areOfOneCluster(pair);
    }
  }

  private static List<CutoverFinding> findings(List<RehearsalCheck> checks, RehearsedPair pair)
      throws SQLException {
    List<CutoverFinding> findings = new ArrayList<>();
    for (RehearsalCheck check : checks) {
      findings.addAll(check.findings(pair));
    }
    return List.copyOf(findings);
  }
}

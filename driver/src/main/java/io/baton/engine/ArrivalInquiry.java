package io.baton.engine;

import io.baton.failover.RecoveryLimits;
import io.baton.failover.outcome.CommitBarrier;
import io.baton.failover.outcome.CommitInquiry;
import io.baton.failover.outcome.PreparedInquiry;
import io.baton.failover.outcome.Resolution;
import io.baton.failover.outcome.Resolution.Ending;
import io.baton.failover.outcome.ServerInstance;
import io.baton.failover.outcome.WriterHistories;
import io.baton.jdbc.pgjdbc.PhysicalConnection.Work;
import io.baton.routing.topology.FailureText;
import io.baton.routing.topology.ServerKind;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/**
 * What is asked of a server that a session arrives at, as the role that logged in, about a call
 * that was cut off.
 *
 * <p>Guarded by the calls of its session.
 *
 * @param call the call
 * @param histories which servers were seen to write which timeline
 * @param barrier how durable a commit has to be
 * @param limits how long it may take
 */
record ArrivalInquiry(
    LostCall call, WriterHistories histories, CommitBarrier barrier, RecoveryLimits limits) {

  /** What evidence is missing of a call that was cut off, as the beginning of a sentence. */
  String whatIsMissing(ServerKind kind) {
    String lost = "the connection was lost between the request and its answer, and ";
    return kind.hasPositions()
        ? lost + "nothing had been noted ahead of it that could tell"
        : lost
            + "instances of Aurora have no position of a log to tell by;"
            + " baton.commitOutcome=ledger settles a COMMIT there";
  }

  /**
   * Ends the old backend, and waits for its end, so that what it was asked to do either has taken
   * effect or never does.
   *
   * @return whether it may still take effect, as the end of a sentence
   * @throws SQLException if the connection breaks
   */
  String end(SessionConnection arrived) throws SQLException {
    return obstacleToEnd(arrived)
        .map(obstacle -> "; it may still take effect: " + obstacle)
        .orElse("; its backend is gone, so that it takes no effect any more if it has not yet");
  }

  private Optional<String> obstacleToEnd(SessionConnection arrived) throws SQLException {
    ServerInstance then = call.connection().knownInstance();
    ServerInstance now = arrived.knownInstance();
    if (then == null || now == null) {
      return Optional.of("which backend ran it is not known");
    }
    try {
      return asLoginRole(arrived, now, connection -> inquiry(connection, now).obstacleToEnd(then));
    } catch (SQLException refused) {
      if (arrived.physical().isSeveredBy(refused) || SessionRebuild.isCancelled(refused)) {
        throw refused;
      }
      return Optional.of("the server would not end its backend: " + FailureText.message(refused));
    }
  }

  /**
   * Asks what became of the COMMIT.
   *
   * @throws SQLException if the connection breaks
   */
  Resolution resolve(SessionConnection arrived) throws SQLException {
    ServerInstance now = arrived.knownInstance();
    if (now == null) {
      return new Resolution(Ending.UNKNOWN, "the server does not say who it is");
    }
    try {
      return asLoginRole(
          arrived, now, connection -> inquiry(connection, now).resolve(call.evidence()));
    } catch (SQLException refused) {
      if (arrived.physical().isSeveredBy(refused) || SessionRebuild.isCancelled(refused)) {
        throw refused;
      }
      return new Resolution(
          Ending.UNKNOWN, "the server would not say: " + FailureText.message(refused));
    }
  }

  /**
   * Asks what became of a command of two-phase commit.
   *
   * @throws SQLException if the connection breaks
   */
  Resolution resolve(TwoPhaseExecution command, SessionConnection arrived) throws SQLException {
    ServerInstance then = call.connection().knownInstance();
    ServerInstance now = arrived.knownInstance();
    if (then == null || now == null) {
      return new Resolution(Ending.UNKNOWN, "which backend ran it is not known");
    }
    try {
      return asLoginRole(
          arrived,
          now,
          connection -> command.ask(new PreparedInquiry(connection, now, circumstances()), then));
    } catch (SQLException refused) {
      if (arrived.physical().isSeveredBy(refused) || SessionRebuild.isCancelled(refused)) {
        throw refused;
      }
      return new Resolution(
          Ending.UNKNOWN, "the server would not say: " + FailureText.message(refused));
    }
  }

  private CommitInquiry inquiry(Connection connection, ServerInstance now) {
    return new CommitInquiry(connection, now, circumstances());
  }

  private CommitInquiry.Circumstances circumstances() {
    return new CommitInquiry.Circumstances(
        histories, barrier, call.connection().hasOwnBackend(), limits.deadline());
  }

  /** Asks as the role that logged in, where sessions begin in another one. */
  static <R> R asLoginRole(SessionConnection arrived, ServerInstance now, Work<R> work)
      throws SQLException {
    return arrived
        .physical()
        .inAutocommit(
            connection -> {
              if (!now.startsInRole()) {
                return work.on(connection);
              }
              execute(connection, "SET ROLE NONE");
              try {
                return work.on(connection);
              } finally {
                if (!arrived.physical().isSevered()) {
                  execute(connection, "RESET ROLE"); // The session goes on here in its own role.
                }
              }
            });
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}

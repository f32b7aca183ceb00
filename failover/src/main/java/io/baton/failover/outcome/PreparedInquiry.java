package io.baton.failover.outcome;

import io.baton.failover.outcome.Resolution.Ending;
import io.baton.routing.consistency.Lsn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether a command of two-phase commit that was cut off took place: PREPARE TRANSACTION,
 * COMMIT PREPARED or ROLLBACK PREPARED.
 *
 * <p>The current writer S is asked for the identifier G of the transaction in {@code
 * pg_prepared_xacts}, which every role may read, and which shows what S has prepared and not ended.
 * A transaction manager uses an identifier once. The argument goes case by case.
 *
 * <ol>
 *   <li><b>S is of another cluster of data</b>, or on an older timeline: unknown.
 *   <li><b>S is the same run of the same server, without a recovery since</b>: the old backend may
 *       still be at work. It is ended, or waited for where it waits for a synchronous standby.
 *       Until it is gone, that G is absent proves nothing. Once it is gone, what is shown is final.
 *   <li><b>S went through a recovery</b>: the old backend is of another history, or of another run.
 *       A recovery restores each transaction whose record was replayed and whose end was not,
 *       before S answers anybody. What is shown is final.
 *   <li><b>PREPARE TRANSACTION</b>: G is present if and only if it took place in the history of S.
 *   <li><b>COMMIT PREPARED, and G is present</b>: it did not take place, and may be sent again.
 *   <li><b>COMMIT PREPARED, and G is absent</b>: it took place, or the history of S never had G,
 *       for S is a standby that was promoted without it. Ahead of the command G was seen on the old
 *       server at a position P of its log, so the record that prepared it ends before P, and the
 *       one of the COMMIT begins behind it. If S continues that log past P, it had G, and only the
 *       command can have ended it: it took place. If the recovery of S ended before P, S has not
 *       replayed the COMMIT: it did not take place there.
 *   <li><b>ROLLBACK PREPARED, and G is absent</b>: nothing is prepared any more, which is all that
 *       was asked for.
 *   <li><b>Another instance of Aurora</b> may be the copy of a blue/green deployment: that G is
 *       absent there proves nothing.
 * </ol>
 *
 * <p>That a command took place is said only once it is as durable as the session asked for: see
 * {@link CommitBarrier}. The assumptions of {@link CommitInquiry} hold here too.
 *
 * <p>Used by one thread.
 */
public final class PreparedInquiry {

  private static final String PREPARED =
      "exists (select from pg_catalog.pg_prepared_xacts x where x.gid operator(pg_catalog.=) ?"
          + " and x.database operator(pg_catalog.=) pg_catalog.current_database())";

  private static final String LOOK = "select " + PREPARED;

  private static final String MARK =
      LOOK + ", pg_catalog.pg_current_wal_insert_lsn()::pg_catalog.text";

  private static final String MARK_WITHOUT_POSITION = LOOK + ", null::pg_catalog.text";

  private final Connection connection;
  private final ServerInstance now;
  private final CommitInquiry.Circumstances circumstances;

  /**
   * Creates an inquiry.
   *
   * @param connection a fresh connection to the server, in autocommit, as the role that logged in
   * @param now the server that it leads to
   */
  public PreparedInquiry(
      Connection connection, ServerInstance now, CommitInquiry.Circumstances circumstances) {
    this.connection = connection;
    this.now = now;
    this.circumstances = circumstances;
  }

  /**
   * Notes that a transaction is prepared, ahead of the command that ends it.
   *
   * @param connection in no transaction
   * @param server the server that it leads to
   * @return empty if it is not prepared
   */
  public static Optional<PreparedMark> mark(
      String identifier, ServerInstance server, Connection connection) throws SQLException {
    String sql = server.kind().hasPositions() ? MARK : MARK_WITHOUT_POSITION;
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, identifier);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        String position = row.getString(2);
        return row.getBoolean(1)
            ? Optional.of(new PreparedMark(server, position == null ? null : Lsn.parse(position)))
            : Optional.empty();
      }
    }
  }

  /**
   * Asks whether PREPARE TRANSACTION took place.
   *
   * @param then the server and backend that were told to prepare
   * @throws SQLException if the connection breaks, or the server does not answer a question
   */
  public Resolution ofPrepare(String identifier, ServerInstance then) throws SQLException {
    Optional<String> obstacle = commits().obstacleToEnd(then);
    if (!isOfHistoryOf(then)) {
      return Resolution.unknown(obstacle.orElseThrow());
    }
    if (isPrepared(identifier)) {
      return tookPlace("the server shows transaction " + identifier + " as prepared");
    }
    if (obstacle.isPresent()) {
      return Resolution.unknown(obstacle.get());
    }
    return isCopy(then)
        ? Resolution.unknown("another instance of Aurora takes writes now, and may be a copy")
        : Resolution.notCommitted(
            "the server does not show transaction "
                + identifier
                + " as prepared, and no backend can prepare it any more");
  }

  /**
   * Asks whether COMMIT PREPARED or ROLLBACK PREPARED took place.
   *
   * @param commits whether it is the former
   * @param mark what was seen ahead of it; null if it was not seen prepared
   * @param then the server and backend that were told to end it
   * @throws SQLException if the connection breaks, or the server does not answer a question
   */
  public Resolution ofEnd(
      String identifier, boolean commits, @Nullable PreparedMark mark, ServerInstance then)
      throws SQLException {
    Optional<String> obstacle = commits().obstacleToEnd(then);
    if (!isOfHistoryOf(then)) {
      return Resolution.unknown(obstacle.orElseThrow());
    }
    if (isPrepared(identifier)) {
      return obstacle
          .map(Resolution::unknown)
          .orElseGet(
              () ->
                  Resolution.notCommitted("the server still shows it as prepared: " + identifier));
    }
    if (mark == null) {
      return Resolution.unknown("it was not seen prepared ahead of its end");
    }
    String gone = "transaction " + identifier + " was seen prepared, and is no more";
    if (!commits) {
      return isCopy(then)
          ? Resolution.unknown("another instance of Aurora takes writes now, and may be a copy")
          : tookPlace(gone);
    }
    Ending had = had(mark);
    return switch (had) {
      case COMMITTED -> tookPlace(gone);
      case NOT_COMMITTED ->
          Resolution.notCommitted(
              "the server's history continues from "
                  + now.replayed()
                  + ", before the transaction was seen prepared");
      case UNKNOWN ->
          Resolution.unknown(
              gone + ", but nothing proves that the server's history ever had it prepared");
    };
  }

  /** Whether the server's history had the transaction prepared. */
  private Ending had(PreparedMark mark) {
    ServerInstance then = mark.server();
    if (now.hasNotRecoveredSince(then)) {
      return Ending.COMMITTED;
    }
    Lsn position = mark.position();
    if (position == null) {
      return now.isInPlaceOf(then) ? Ending.COMMITTED : Ending.UNKNOWN;
    }
    Lsn end = now.replayed();
    if (end != null && !end.hasReached(position)) {
      return Ending.NOT_COMMITTED;
    }
    return circumstances.histories().isOne(then) && now.continues(then, position)
        ? Ending.COMMITTED
        : Ending.UNKNOWN;
  }

  private boolean isOfHistoryOf(ServerInstance then) {
    return now.isOfClusterOf(then) && now.timeline() >= then.timeline();
  }

  /** Whether it may be a copy of the server, with prepared transactions of its own. */
  private boolean isCopy(ServerInstance then) {
    return !now.kind().hasPositions() && !now.hasNotRecoveredSince(then) && !now.isInPlaceOf(then);
  }

  private Resolution tookPlace(String evidence) throws SQLException {
    String doubt = circumstances.barrier().pass(now, connection);
    return doubt == null
        ? Resolution.committed(evidence)
        : Resolution.unknown(evidence + ", but " + doubt);
  }

  private boolean isPrepared(String identifier) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(LOOK)) {
      statement.setString(1, identifier);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getBoolean(1);
      }
    }
  }

  private CommitInquiry commits() {
    return new CommitInquiry(connection, now, circumstances);
  }
}

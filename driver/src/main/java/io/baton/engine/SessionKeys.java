package io.baton.engine;

import io.baton.failover.keys.KeyInquiry;
import io.baton.failover.keys.SequenceWatermarks;
import io.baton.failover.outcome.ServerInstance;
import io.baton.session.SessionState;
import io.baton.session.TransactionStatus;
import io.baton.session.sql.KeyDraw;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one session does about the keys that its transaction drew from sequences and that the
 * application has seen: what is noted of them as they are read, and how a replay keeps them.
 *
 * <p>A replay that draws anew gives other keys. Where {@link KeyInquiry} proves that those of the
 * application are still its own, the statement is replayed with a text that gives them. {@code
 * currval} and {@code lastval} do not know of such a key; so a session that has ever asked for them
 * keeps none, and one that has kept some is refused an answer.
 *
 * <p>Guarded by the calls of its session.
 */
final class SessionKeys {

  private static final String UNDEFINED = "55000";

  private final SequenceWatermarks watermarks;
  private final boolean noted;

  private boolean recalls;

  /**
   * Nothing yet.
   *
   * @param noted whether the session notes anything at the cost of round trips ({@code
   *     baton.commitOutcome} is not {@code none})
   */
  SessionKeys(SequenceWatermarks watermarks, boolean noted) {
    this.watermarks = watermarks;
    this.noted = noted;
  }

  /**
   * The application was shown what a text drew; it counts if that transaction is still open.
   *
   * @param state of the session
   */
  void shown(
      KeyDraw draw,
      ResultTrace trace,
      @Nullable OpenTransaction transaction,
      SessionConnection connection,
      SessionState state) {
    if (transaction == null || connection.transactionStatus() != TransactionStatus.OPEN) {
      return;
    }
    transaction.shown(draw, trace);
    if (noted) {
      note(transaction, connection, state);
    }
  }

  /**
   * The application has read a row of what it was shown.
   *
   * @param state of the session
   */
  void read(
      @Nullable OpenTransaction transaction, SessionConnection connection, SessionState state) {
    if (noted && transaction != null && connection.transactionStatus() == TransactionStatus.OPEN) {
      note(transaction, connection, state);
    }
  }

  /**
   * Notes what the sequences of the open transaction are at, if they have gone on to a step of
   * their log of which nothing is known: before the application can do anything with the key.
   */
  private void note(OpenTransaction transaction, SessionConnection connection, SessionState state) {
    IdentityHashMap<KeyDraw, ResultTrace> draws = transaction.draws();
    if (draws == null || connection.isPooled()) {
      return;
    }
    try {
      ServerInstance server = connection.instance();
      if (server == null || !server.kind().hasPositions()) {
        return;
      }
      String searchPath = String.valueOf(state.settings().get("search_path"));
      Map<KeyDraw, Map<String, List<Long>>> wanted = new HashMap<>();
      draws.forEach(
          (draw, trace) -> {
            Map<String, List<Long>> latest = trace.latestKeys();
            if (watermarks.wants(draw, latest, searchPath, server.run())) {
              wanted.put(draw, latest);
            }
          });
      if (!wanted.isEmpty()) {
        int backend =
            connection.physical().own(asked -> watermarks.note(wanted, searchPath, server, asked));
        if (backend != SequenceWatermarks.UNASKED) {
          connection.isServedBy(backend);
        }
      }
    } catch (SQLException broken) {
      // The next call finds the connection gone, or the transaction failed.
    }
  }

  /**
   * A text that asks for the last value drawn is about to run.
   *
   * @throws SQLException if the server would give another one than the application has seen
   */
  void recall(SessionConnection connection) throws SQLException {
    recalls = true;
    if (connection.hasKeptKeys()) {
      throw new SQLException(
          "currval and lastval are not known in this session: it moved to another server in the"
              + " middle of a transaction, and kept the keys that the transaction had drawn. Use"
              + " the keys that the INSERT returned, or open another connection",
          UNDEFINED);
    }
  }

  /**
   * Begins a replay.
   *
   * @param lost where the transaction was open
   * @param connection where it is replayed
   */
  Keeper replay(SessionConnection lost, SessionConnection connection) {
    return new Keeper(lost, connection);
  }

  /** Keeps the keys of one replay. */
  final class Keeper {

    private final SessionConnection lost;
    private final SessionConnection connection;
    private @Nullable KeyInquiry inquiry;

    private Keeper(SessionConnection lost, SessionConnection connection) {
      this.lost = lost;
      this.connection = connection;
    }

    /**
     * The text to replay a call with, so that it gives the keys that the application has seen of
     * it.
     *
     * @return null if it drew none, or they are not proved to be ours
     * @throws SQLException if the transaction has failed, or the connection breaks
     */
    @Nullable String textFor(RecordedCall<?, ?> call) throws SQLException {
      KeyDraw draw = call.keyDraw();
      Map<String, List<Long>> shown = call.shownKeys();
      if (recalls || draw == null || shown.isEmpty() || call.isBatch()) {
        return null;
      }
      KeyInquiry asked = inquiry();
      Map<String, List<Long>> ours =
          asked == null
              ? Map.of()
              : connection.physical().own(answering -> asked.ours(draw, shown));
      if (ours.isEmpty()) {
        return null;
      }
      connection.keepKeys();
      return draw.giving(ours);
    }

    private @Nullable KeyInquiry inquiry() throws SQLException {
      ServerInstance now = connection.instance();
      if (inquiry == null && now != null) {
        inquiry =
            new KeyInquiry(
                watermarks,
                lost.knownInstance(),
                now,
                lost.isLeftForSuccessor(),
                connection.physical().connection());
      }
      return inquiry;
    }
  }
}

package io.baton.jdbc;

import io.baton.failover.keys.KeyInquiry;
import io.baton.failover.keys.SequenceMarks;
import io.baton.failover.outcome.ServerInstance;
import io.baton.failover.outcome.TransactionMark;
import io.baton.session.SessionState;
import io.baton.session.TransactionStatus;
import io.baton.session.sql.KeyDraw;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The keys that one session drew from sequences in its open transaction, and that the application
 * has seen: what is noted of them ahead of a COMMIT, and how a replay keeps them.
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

  private final SequenceMarks marks;
  private final boolean noted;

  /** The last result that the application is shown of each text that drew. */
  private final IdentityHashMap<KeyDraw, ResultTrace> draws = new IdentityHashMap<>(4);

  private boolean recalls;

  /**
   * Nothing yet.
   *
   * @param noted whether something is noted ahead of a COMMIT, so that a server is asked anyhow who
   *     it is
   */
  SessionKeys(SequenceMarks marks, boolean noted) {
    this.marks = marks;
    this.noted = noted;
  }

  /** The application was shown what a text drew; it counts if that transaction is still open. */
  void shown(KeyDraw draw, ResultTrace trace, Seat seat) {
    if (seat.physical().transactionStatus() != TransactionStatus.OPEN) {
      return;
    }
    draws.put(draw, trace);
    if (noted) {
      try {
        seat.instance(); // Asked once for a connection; the COMMIT need not do it then.
      } catch (SQLException broken) {
        // The next call finds the connection gone.
      }
    }
  }

  /** The transaction has ended. */
  void clear() {
    if (!draws.isEmpty()) {
      draws.clear();
    }
  }

  /**
   * A text that asks for the last value drawn is about to run.
   *
   * @throws SQLException if the server would give another one than the application has seen
   */
  void recall(Seat seat) throws SQLException {
    recalls = true;
    if (seat.hasKeptKeys()) {
      throw new SQLException(
          "currval and lastval are not known in this session: it moved to another server in the"
              + " middle of a transaction, and kept the keys that the transaction had drawn. Use"
              + " the keys that the INSERT returned, or open another connection",
          UNDEFINED);
    }
  }

  /**
   * The mark of the open transaction, with what is known of its sequences noted in the same round
   * trip.
   *
   * @return null if it drew no keys, or of sequences that may not be read, or of which nothing new
   *     is to be learnt
   */
  @Nullable TransactionMark mark(ServerInstance server, Seat seat, SessionState state)
      throws SQLException {
    if (draws.isEmpty()) {
      return null;
    }
    String searchPath = String.valueOf(state.settings().get("search_path"));
    List<KeyDraw> wanted = new ArrayList<>(draws.size());
    draws.forEach(
        (draw, trace) -> {
          if (marks.wants(draw, trace.keys(), searchPath, server.run())) {
            wanted.add(draw);
          }
        });
    return wanted.isEmpty()
        ? null
        : marks.note(wanted, searchPath, server, seat.physical().connection());
  }

  /**
   * Begins a replay.
   *
   * @param lost where the transaction was open
   * @param seat where it is replayed
   */
  Keeper replay(Seat lost, Seat seat) {
    return new Keeper(lost, seat);
  }

  /** Keeps the keys of one replay. */
  final class Keeper {

    private final Seat lost;
    private final Seat seat;
    private @Nullable KeyInquiry inquiry;

    private Keeper(Seat lost, Seat seat) {
      this.lost = lost;
      this.seat = seat;
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
      Map<String, List<Long>> ours = asked == null ? Map.of() : asked.ours(draw, shown);
      if (ours.isEmpty()) {
        return null;
      }
      seat.keepKeys();
      return draw.giving(ours);
    }

    private @Nullable KeyInquiry inquiry() throws SQLException {
      ServerInstance now = seat.instance();
      if (inquiry == null && now != null) {
        inquiry = new KeyInquiry(marks, lost.knownInstance(), now, seat.physical().connection());
      }
      return inquiry;
    }
  }
}

package io.baton.engine;

import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.Restoration;
import io.baton.session.ServerState;
import io.baton.session.SessionLoss;
import io.baton.session.SessionState;
import io.baton.session.SessionTracker;
import io.baton.session.written.WrittenSession;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Writes a session down that is between two transactions. The server is asked what it holds for the
 * session at this moment; what it says counts, and is written down with it. A session of which a
 * part cannot be written down is refused: nothing is left out.
 *
 * <p>Guarded by the calls of its session.
 */
record SessionWriting(SessionParts parts) {

  private static final String CANCELED = "57014";

  /**
   * Writes it down.
   *
   * @throws SQLException 55000 if a part of the session cannot be written down; or what the server
   *     says, or that the connection broke
   */
  String write() throws SQLException {
    SessionConnection present = parts.connections().current();
    refuseIfNotFollowed(present);
    SessionRebuild rebuild = parts.rebuild();
    if (!rebuild.isInStep(present)) {
      try {
        rebuild.bringInStepUnlessSevered(present);
      } catch (RebuildRefused refused) {
        throw refused(String.valueOf(refused.getMessage()));
      }
    }
    if (rebuild.isBeginningUnknown()) {
      rebuild.began(present);
    }
    CallRecorder recorder = parts.recorder();
    SessionTracker tracker = recorder.tracker();
    if (tracker.baseline() == null) {
      throw refused("the server does not say what a session begins with");
    }
    if (tracker.hasUnjudged()) {
      recorder.refreshCatalogue(present);
      tracker.judge();
    }
    ServerState held = held(present);
    present.applied(tracker.state());
    refuseIfLosing(tracker.state());
    return new WrittenSession(
            parts.cluster().url().user(),
            parts.cluster().url().database(),
            WrittenClient.of(
                    parts.client(),
                    present.physical().defaults(),
                    recorder.replays() || !parts.replays())
                .values(),
            tracker.snapshot(),
            held)
        .text();
  }

  private ServerState held(SessionConnection present) throws SQLException {
    try {
      return parts
          .cluster()
          .underUrl(parts.recorder().digest(present), present.physical().endpoint());
    } catch (SQLException failure) {
      if (CANCELED.equals(failure.getSQLState())) {
        throw new SQLException(
            "The session cannot be written down: the server was asked what it holds, and did not"
                + " answer within the statement_timeout of the session. Set a longer one.",
            CANCELED,
            failure);
      }
      throw failure;
    }
  }

  private void refuseIfNotFollowed(SessionConnection present) throws SQLException {
    PhysicalConnection physical = present.physical();
    if (!parts.restores()) {
      throw refused("baton.replay=none does not follow it: use session or transaction");
    }
    if (physical.isExposed()) {
      throw refused(
          "the application was given an object of the PostgreSQL driver, and what is done there is"
              + " not seen: close the connection, and use one for it that is not written down");
    }
    if (present.isPooled()) {
      throw refused(
          "a pooler serves it with more than one backend: connect to the servers, or have the"
              + " pooler keep sessions");
    }
    String classes = parts.client().classes();
    if (!classes.isEmpty()) {
      throw refused(
          "classes of the application are registered for types ("
              + classes
              + "): register them by properties datatype.<type>, or on connections that are not"
              + " written down");
    }
  }

  private static void refuseIfLosing(SessionState state) throws SQLException {
    List<String> losses = new ArrayList<>();
    for (SessionLoss loss : Restoration.losses(state)) {
      if (loss.kind() != SessionLoss.Kind.ADVISORY_LOCK) {
        losses.add(loss + remedy(loss));
      }
    }
    state
        .locks()
        .keySet()
        .forEach(
            lock ->
                losses.add(
                    "advisory lock "
                        + lock.arguments()
                        + ": this session holds it (release it, and take it again where the"
                        + " session is restored)"));
    if (!losses.isEmpty()) {
      throw refused(losses.stream().collect(Collectors.joining("; ")));
    }
  }

  private static String remedy(SessionLoss loss) {
    return switch (loss.kind()) {
      case TEMPORARY_TABLE -> " (drop it, or empty it with TRUNCATE if no sequence belongs to it)";
      case TEMPORARY_RELATION -> " (drop it, or create it by a statement of the application)";
      case HELD_CURSOR -> " (close it)";
      case HIDDEN -> " (end it; DISCARD ALL ends what setseed has left)";
      case SETTING, PREPARED_STATEMENT, ADVISORY_LOCK -> "";
    };
  }

  private static SQLException refused(String why) {
    return new SQLException("The session cannot be written down: " + why + ".", "55000");
  }
}

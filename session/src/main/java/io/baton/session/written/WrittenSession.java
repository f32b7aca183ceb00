package io.baton.session.written;

import io.baton.session.Baseline;
import io.baton.session.ServerState;
import io.baton.session.SessionSnapshot;
import java.sql.SQLException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A session as it is written down: of whom it is, the session itself, what its client has set, and
 * what its server held for it at that moment, so that the server which it is given to can be asked
 * whether it holds the same.
 *
 * <p>There are no rows in it, no password, and nothing of the URL. The values of its settings are
 * in it, and its statements as they were written, constants included.
 *
 * <p>Immutable.
 *
 * @param user the user that logged in
 * @param database the database
 * @param client what the client has set, by names that are the engine's
 * @param session the session, of which it is known what it began with
 * @param held what its server held: nothing that only that server can have
 */
public record WrittenSession(
    String user,
    String database,
    Map<String, String> client,
    SessionSnapshot session,
    ServerState held) {

  /** Makes one with a copy of what the client has set. */
  public WrittenSession {
    client = Collections.unmodifiableMap(new LinkedHashMap<>(client));
  }

  /** Returns the text, in lines of printable ASCII; the last one is a check sum. */
  public String text() {
    return SnapshotText.of(new SnapshotWriter().lines(this));
  }

  /**
   * Reads a text.
   *
   * @throws SQLException 22023 if it is none, or not whole, or not as it was written; 0A000 if it
   *     is of a version that is not known
   */
  public static WrittenSession parse(String text) throws SQLException {
    return new SnapshotReader().read(SnapshotText.lines(text));
  }

  /** What it began with. */
  Baseline began() {
    Baseline began = session.began();
    if (began == null) {
      throw new IllegalStateException("It is not known what the session began with");
    }
    return began;
  }
}

package io.baton.engine;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * The COMMIT of {@code Connection.commit}: what is to be written for it goes in the same round
 * trip.
 *
 * <p>Guarded by the calls of its session.
 */
record CommitExecution(
    CommitEvidenceNotes notes, SessionConnections connections, CallRecorder recorder)
    implements Committing {

  @Override
  public Boolean on(Connection delegate) throws SQLException {
    notes.commit(connections.current().physical(), recorder.transaction());
    return true;
  }
}

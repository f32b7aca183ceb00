package io.baton.engine;

import java.sql.ResultSet;
import java.sql.SQLException;

/** A result set of the application whose physical counterpart a replay exchanges. */
public interface TracedResult {

  /** The physical result set that the application reads now, or goes over to next. */
  ResultSet physicalResult();

  /** Goes on reading another physical result set, which stands on the same row. */
  void resumeOn(ResultSet fresh) throws SQLException;
}

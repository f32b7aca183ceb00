package io.baton.engine;

import java.sql.ResultSet;

/** A result set of the application whose physical counterpart a replay exchanges. */
public interface TracedResult {

  /** The physical result set that the application reads now. */
  ResultSet physicalResult();

  /** Goes on reading another physical result set, which stands on the same row. */
  void resumeOn(ResultSet fresh);
}

package io.baton.benchmarks.overhead;

import java.sql.SQLException;

/** An operation on an open connection, ready to be repeated. Not thread-safe. */
interface Work extends AutoCloseable {
  /**
   * Does it so many times.
   *
   * @return a positive number made of all that was read, so that nothing can be left out as unused
   */
  long run(int times) throws SQLException;

  /** Closes what was opened for it. */
  @Override
  void close() throws SQLException;
}

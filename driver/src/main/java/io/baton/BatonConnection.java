package io.baton;

import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;

/**
 * A connection of Baton: one session, which runs on the server that suits it now and can move to
 * another one.
 *
 * <p>It is also a {@link PGConnection}, so that code which casts to it works; the object that
 * {@code unwrap(PGConnection.class)} returns stays valid when the session moves to another server.
 *
 * <p>As thread-safe as a connection of the PostgreSQL driver: calls from several threads are run
 * one after the other.
 */
public interface BatonConnection extends Connection, PGConnection {

  /**
   * Returns the endpoint ({@code host:port}) that the session is on, where the next statement runs
   * unless it is routed elsewhere. Never reaches a server; after {@link #close()} it is the
   * endpoint used last.
   */
  String currentEndpoint();

  /**
   * Returns how many calls of this session were covered, and the causes of lost cover. Never
   * reaches a server.
   */
  ProtectionReport protection();

  /**
   * Returns where a text of SQL would run if it were executed next, and why: "reader: the statement
   * only reads". Never reaches a server.
   *
   * @throws SQLException 08003 if the connection is closed
   */
  String explainRoute(String sql) throws SQLException;

  /**
   * Returns a token that stands for every write acknowledged so far, such as {@code
   * 7312345678901234567/3@1/4E000028}. It takes one round trip to the writer. Another process
   * passes it to {@link #requireConsistency}, so that reads there see what was written here.
   *
   * @throws SQLException 25001 inside of a transaction; 08003 if the connection is closed
   */
  String consistencyToken() throws SQLException;

  /**
   * Requires that reads of this session on readers see all writes that a token stands for, from now
   * on. If the token may be newer than what is known of the cluster, the session's reader or the
   * writer is asked.
   *
   * @param token a token from {@link #consistencyToken}
   * @throws SQLException 22023 if it is no token, is one of another cluster, or stands for more
   *     than the cluster has written; 25001 if that could not be told without asking, inside of a
   *     transaction; 0A000 where there are no tokens; 55000 under {@code
   *     baton.consistency=eventual}; 08003 if the connection is closed
   */
  void requireConsistency(String token) throws SQLException;

  /**
   * Writes the session down, so that {@link BatonDataSource#restore} opens it again: in another
   * program, on another day, at another cluster. It takes a few round trips. This connection goes
   * on as before.
   *
   * <p>The text has what another server would be given after a failover: settings, the role and the
   * session authorization, statements of {@code PREPARE} and definitions of what is temporary as
   * they were written, with the settings and the role of their making, channels of {@code LISTEN},
   * and what JDBC's setters have set. It has no rows, no password and no URL. It does have the
   * values of all settings, those of one's own included, and the constants in the statements: where
   * these are secret, so is the text. It is portable ASCII in lines, tells its version, and ends
   * with a check sum.
   *
   * <p>What belongs to objects of JDBC is not in it (statements, results, notifications that were
   * not fetched), nor is what {@code currval} and {@code lastval} return.
   *
   * @throws SQLException 25001 inside of a transaction; 55000 if the session has something that
   *     cannot be written down, such as a temporary table that may hold rows, an advisory lock or a
   *     cursor WITH HOLD, or may have something that nobody can name: the message says what, and
   *     what to do; 57014 if the server does not answer within the session's own {@code
   *     statement_timeout}; 08003 if the connection is closed
   */
  String snapshot() throws SQLException;

  /**
   * Disables the replay of transactions of this connection from now on, the open one included: when
   * its server is lost, a transaction ends with SQLState 40001. For work that must not run twice
   * for a reason outside the database, such as a function that sends mail.
   *
   * @throws SQLException 08003 if the connection is closed
   */
  void disableReplay() throws SQLException;

  /**
   * Enables the replay of transactions again, from the next one that begins, if {@code
   * baton.replay} allows it.
   *
   * @throws SQLException 08003 if the connection is closed
   */
  void enableReplay() throws SQLException;
}

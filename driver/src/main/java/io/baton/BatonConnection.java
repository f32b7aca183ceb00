package io.baton;

import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;

/**
 * A logical connection of Baton: one session, on whichever server is right for it now.
 *
 * <p>It is also a {@link PGConnection}, so that code which casts goes on working; what {@code
 * unwrap(PGConnection.class)} returns stays valid when the session moves to another server.
 *
 * <p>As thread-safe as a connection of the PostgreSQL driver: calls from several threads are run
 * one after the other.
 */
public interface BatonConnection extends Connection, PGConnection {

  /**
   * The endpoint ({@code host:port}) that the next statement would run on if it were not routed
   * elsewhere. Never reaches a server; after {@link #close()} it is the endpoint used last.
   */
  String currentEndpoint();

  /**
   * How the calls of this session were covered, and what took the cover away. Never reaches a
   * server.
   */
  ProtectionReport protection();

  /**
   * Where a text of SQL would run if it were executed next, and why: "reader: the statement only
   * reads". Never reaches a server.
   *
   * @throws SQLException 08003 if the connection is closed
   */
  String explainRoute(String sql) throws SQLException;

  /**
   * A token that stands for every write acknowledged so far, such as {@code 3@1/4E000028}: one
   * round trip to the writer. Given to {@link #requireConsistency} in another process, it has reads
   * there see what was written here.
   *
   * @throws SQLException 25001 inside of a transaction; 08003 if the connection is closed
   */
  String consistencyToken() throws SQLException;

  /**
   * Has reads on readers see all that a token stands for: those of this session under {@code
   * baton.consistency=session}, those of this JVM under {@code process}.
   *
   * @param token what {@link #consistencyToken} gave
   * @throws SQLException 22023 if it is no token; 55000 under {@code baton.consistency=eventual};
   *     08003 if the connection is closed
   */
  void requireConsistency(String token) throws SQLException;

  /**
   * Has no transaction of this connection replayed from now on, the open one included: when its
   * server is lost it ends with SQLState 40001. For work that must not run twice for a reason that
   * no database shows, such as a function that sends mail.
   *
   * @throws SQLException 08003 if the connection is closed
   */
  void disableReplay() throws SQLException;

  /**
   * Has transactions replayed again, from the next one that begins, if {@code baton.replay} says
   * so.
   *
   * @throws SQLException 08003 if the connection is closed
   */
  void enableReplay() throws SQLException;
}

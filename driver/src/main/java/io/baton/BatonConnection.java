package io.baton;

import java.sql.Connection;
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
}

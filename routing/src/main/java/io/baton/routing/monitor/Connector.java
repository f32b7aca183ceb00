package io.baton.routing.monitor;

import io.baton.routing.topology.Endpoint;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/**
 * The way to reach a server, given by the module that knows the driver.
 *
 * <p>Called by many threads at once, for one connection by one thread at a time, except that {@link
 * Connection#abort} comes from any thread.
 */
public interface Connector {

  /**
   * Prepares a connection for a monitor, with the application's credentials and TLS options.
   *
   * <p>Opening it sets nothing in the server's session. A text of several statements is sent on it
   * as one message of the simple protocol.
   *
   * <p>What comes of opening it is told apart by the exception: a server's own refusal has the
   * server's SQLState (28P01, 53300, 57P03, ...); a {@link java.net.SocketTimeoutException} among
   * the causes, or a {@link java.sql.SQLTimeoutException}, says that there was no answer in time;
   * any other exception with an SQLState of class 08 says that there is no server.
   *
   * @param endpoint where to
   * @param timeout how long opening it may take, all in all; at least roughly kept
   */
  ConnectionAttempt attempt(Endpoint endpoint, Duration timeout);

  /**
   * Waits on an idle connection until the server sends something, the connection ends, or the time
   * is over.
   *
   * @param connection an open connection of this connector
   * @param timeout how long to wait, longer than zero
   * @return what the server sent; empty if the time is over
   * @throws SQLException at once when the connection ends
   */
  List<ServerNotification> await(Connection connection, Duration timeout) throws SQLException;

  /**
   * Which server process serves a connection, as was said when it was opened. If another one
   * answers on it, there is a pooler between.
   *
   * @param connection an open connection of this connector
   * @return empty if that is not known
   */
  default OptionalInt backendProcessId(Connection connection) throws SQLException {
    return OptionalInt.empty();
  }

  /**
   * What tells its credentials from those of another one: equal if they are the same. It shows
   * nothing of them.
   */
  default Object credentials() {
    return "";
  }
}

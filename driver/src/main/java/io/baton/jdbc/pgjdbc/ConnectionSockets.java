package io.baton.jdbc.pgjdbc;

import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open sockets of one physical connection: its own, and one for each cancel request that is
 * under way. The PostgreSQL driver waits for the end of a cancel request before it ends the
 * cancelled call, so a call returns at once only if all of them are closed.
 *
 * <p>Thread-safe.
 */
final class ConnectionSockets {

  private static final Logger log = LoggerFactory.getLogger(ConnectionSockets.class);

  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private volatile boolean aborted;
  private volatile @Nullable String abortReason;

  /**
   * Adds a socket, which may not be connected yet.
   *
   * @throws IOException if the connection was aborted; the socket is closed then
   */
  void add(Socket socket) throws IOException {
    sockets.removeIf(Socket::isClosed);
    sockets.add(socket);
    // Closed here or by the thread that aborts: each reads after it has written.
    if (aborted) {
      close(socket);
      String reason = abortReason;
      throw new IOException("The connection was aborted" + (reason == null ? "" : ": " + reason));
    }
  }

  /**
   * Closes all sockets, and those that are added later: a wait on one of them fails at once. Does
   * not block.
   *
   * @param reason why, for a human reader; the first one is kept
   */
  void abort(@Nullable String reason) {
    if (!aborted) {
      abortReason = reason;
      aborted = true;
    }
    sockets.forEach(ConnectionSockets::close);
  }

  /** Returns whether it was aborted. */
  boolean isAborted() {
    return aborted;
  }

  /** Why it was aborted; null if it was not, or for no stated reason. */
  @Nullable String abortReason() {
    return abortReason;
  }

  /** Returns whether the socket of the connection itself has unread bytes. Does not block. */
  boolean hasInput() {
    for (Socket first : sockets) {
      try {
        return first.getInputStream().available() > 0;
      } catch (IOException closed) {
        return false;
      }
    }
    return false;
  }

  /** Returns the number of open sockets. */
  int size() {
    return sockets.size();
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException failure) {
      log.debug("Closing the socket of an aborted connection", failure);
    }
  }
}

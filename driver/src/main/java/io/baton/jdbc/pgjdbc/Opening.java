package io.baton.jdbc.pgjdbc;

import java.io.IOException;
import java.net.Socket;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A physical connection from before it is opened: a server that hangs accepts connections and then
 * says nothing, so whoever opens one must be able to be called off as well as one who waits for an
 * answer.
 *
 * <p>{@link #condemn} may be called by any thread, at any time; the rest is for the one that opens.
 */
public final class Opening {

  /** Opens the connection itself. */
  @FunctionalInterface
  interface Attempt {

    PhysicalConnection open() throws SQLException;
  }

  private static final Logger log = LoggerFactory.getLogger(Opening.class);

  private static final ThreadLocal<@Nullable Opening> CURRENT = new ThreadLocal<>();

  private final Attempt attempt;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private volatile @Nullable PhysicalConnection opened;
  private volatile @Nullable String condemnation;

  Opening(Attempt attempt) {
    this.attempt = attempt;
  }

  /** What this thread is opening; null if nothing. */
  static @Nullable Opening current() {
    return CURRENT.get();
  }

  /**
   * Opens the connection.
   *
   * @throws SQLException as the driver or the server said it, also if this was condemned meanwhile
   */
  public PhysicalConnection open() throws SQLException {
    CURRENT.set(this);
    try {
      PhysicalConnection connection = attempt.open();
      opened = connection;
      // Seen here, or seen by whoever condemns: each looks after it has written.
      String reason = condemnation;
      if (reason != null) {
        connection.condemn(reason);
      }
      return connection;
    } finally {
      CURRENT.remove();
      sockets.clear();
    }
  }

  /**
   * Watches a socket of this connection, from before it is connected.
   *
   * @throws IOException if the connection has been condemned
   */
  void watch(Socket socket) throws IOException {
    sockets.add(socket);
    String reason = condemnation;
    if (reason != null) {
      close(socket);
      throw new IOException("Not to be opened any more: " + reason);
    }
  }

  /**
   * Gives the connection up, whether it is open or not: what waits for its server fails at once.
   * Does not block.
   *
   * @param reason why, for people
   */
  public void condemn(String reason) {
    condemnation = reason;
    PhysicalConnection connection = opened;
    if (connection != null) {
      connection.condemn(reason);
    }
    sockets.forEach(Opening::close);
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException failure) {
      log.debug("Closing the socket of a connection that is not to be opened any more", failure);
    }
  }
}

package io.baton.engine;

import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.topology.Endpoint;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one session: one to the writer, one to a reader once it reads there, and which
 * of them it uses now.
 *
 * <p>Guarded by the calls of its session, but for {@link #current}, {@link #leave} and {@link
 * #abort}.
 */
final class SessionConnections {

  private final ClusterHandle cluster;
  private final ClientSettings client;
  private final SessionData data;

  private volatile SessionConnection current;
  private volatile boolean left;
  private Consumer<PhysicalConnection> follower = moved -> {};
  private volatile @Nullable SessionConnection writer;
  private volatile @Nullable SessionConnection reader;

  /** Answers what needs no server while the present connection is gone. */
  private volatile @Nullable PhysicalConnection offline;

  /** A connection that is being rebuilt and not used yet. */
  private volatile @Nullable SessionConnection arriving;

  /**
   * Opens the first connection.
   *
   * @throws SQLException what the server said, untouched; or that there is none
   */
  SessionConnections(ClusterHandle cluster, ConnectionOpener opener, ClientSettings client)
      throws SQLException {
    this.cluster = cluster;
    this.client = client;
    this.data = opener.data();
    SessionConnection first = opener.openFirst();
    try {
      first.apply(client);
    } catch (SQLException refused) {
      first.leave();
      throw refused;
    }
    this.current = first;
    data.isOn(first);
    keep(first);
  }

  /**
   * Keeps a connection as the one to the writer, or to a reader. One that was kept as that before
   * is left, unless it is the one that is used now.
   */
  void keep(SessionConnection connection) {
    SessionConnection spare = connection.isOnWriter() ? writer : reader;
    if (connection.isOnWriter()) {
      writer = connection;
    } else {
      reader = connection;
    }
    if (spare != null && spare != connection && spare != current) {
      spare.leave();
    }
  }

  /** Tells of every move from now on. */
  void follow(Consumer<PhysicalConnection> newFollower) {
    follower = newFollower;
  }

  /** The connection that the session uses now. */
  SessionConnection current() {
    return current;
  }

  /** The connection to the writer; null if there is none yet. */
  @Nullable SessionConnection writer() {
    return writer;
  }

  /** The connection to a reader; null if there is none. */
  @Nullable SessionConnection reader() {
    return reader;
  }

  /** A connection is being rebuilt, and is aborted if the session ends; null once it is not. */
  void arrives(@Nullable SessionConnection connection) {
    arriving = connection;
  }

  /** Whether the session has ended. */
  boolean isLeft() {
    return left;
  }

  /**
   * What answers calls that need no server: the present connection or, while that is gone, one
   * without a server.
   *
   * @throws SQLException if the driver refuses its properties
   */
  PhysicalConnection local() throws SQLException {
    PhysicalConnection now = current.physical();
    if (left || !now.isSevered()) {
      return now;
    }
    PhysicalConnection ready = offline;
    if (ready == null || ready.isSevered()) {
      ready = cluster.connector().offline(now).orElse(now);
      if (ready != now) {
        client.applyTo(ready);
      }
      offline = ready;
    }
    return ready;
  }

  /** Sets it where statements are made now: without a server, where calls are answered. */
  void setPrepareThreshold(int threshold) {
    current.physical().setPrepareThreshold(threshold);
    PhysicalConnection withoutServer = offline;
    if (withoutServer != null) {
      withoutServer.setPrepareThreshold(threshold);
    }
  }

  /** Uses a connection from now on. */
  void use(SessionConnection connection) {
    offline = null;
    if (current != connection) {
      current = connection;
      data.isOn(connection);
      follower.accept(connection.physical());
    }
  }

  // ------------------------------------------------------------------------------ planned moves

  /** Whether the session has a connection to this server; for any thread, and only a hint. */
  boolean isAt(Endpoint endpoint) {
    return !left && (isAt(current, endpoint) || isAt(writer, endpoint) || isAt(reader, endpoint));
  }

  private static boolean isAt(@Nullable SessionConnection connection, Endpoint endpoint) {
    return connection != null && connection.physical().endpoint().equals(endpoint);
  }

  /** Whether a connection of the session to this server works; for any thread, and only a hint. */
  boolean isHeldBy(Endpoint endpoint) {
    for (SessionConnection each : Arrays.asList(current, writer, reader)) {
      if (!left && each != null && isAt(each, endpoint) && !each.physical().isSevered()) {
        return true;
      }
    }
    return false;
  }

  /** Leaves the connection to this server that the session does not use now, if it has one. */
  void leaveSpare(Endpoint endpoint) {
    for (SessionConnection spare : Arrays.asList(writer, reader)) {
      if (spare != null && spare != current && isAt(spare, endpoint)) {
        forget(spare);
      }
    }
  }

  /** Leaves the connections to such servers that the session does not use now. */
  void leaveSpares(Predicate<Endpoint> left) {
    for (SessionConnection spare : Arrays.asList(writer, reader)) {
      if (spare != null && spare != current && left.test(spare.physical().endpoint())) {
        forget(spare);
      }
    }
  }

  /** The server processes of the connections; for any thread, and only a hint. */
  List<Integer> backends() {
    List<Integer> backends = new ArrayList<>(2);
    for (SessionConnection each : Arrays.asList(current, writer, reader)) {
      if (each != null && !each.physical().isSevered()) {
        backends.add(each.physical().backendProcess());
      }
    }
    return backends;
  }

  /** Uses another connection, on which the session has been rebuilt, and leaves the present one. */
  void exchange(SessionConnection from, SessionConnection to) {
    keep(to);
    use(to);
    if (from.isOnWriter() != to.isOnWriter()) {
      forget(from);
    } else {
      from.leave();
    }
  }

  /** Leaves a connection for good. */
  void forget(SessionConnection lost) {
    lost.leave();
    if (writer == lost) {
      writer = null;
    }
    if (reader == lost) {
      reader = null;
    }
  }

  // -------------------------------------------------------------------------------- end of life

  /** Gives all connections up for good, from any thread; the servers are told. */
  void leave() {
    giveUp(SessionConnection::leave);
  }

  /** Gives all connections up for good and at once, from any thread; what waits on them fails. */
  void abort() {
    giveUp(SessionConnection::abort);
  }

  /**
   * Gives up all connections. The one that the session uses stays open: the application may still
   * hold it.
   */
  void release() {
    SessionConnection held = current;
    giveUp(
        each -> {
          if (each == held) {
            each.release();
          } else {
            each.leave();
          }
        });
  }

  private void giveUp(Consumer<SessionConnection> how) {
    left = true;
    for (SessionConnection each : Arrays.asList(current, writer, reader, arriving)) {
      if (each != null) {
        how.accept(each);
      }
    }
    PhysicalConnection withoutServer = offline;
    if (withoutServer != null) {
      withoutServer.close();
    }
  }
}

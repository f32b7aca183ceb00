package io.baton.jdbc.pgjdbc;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Properties;
import javax.net.SocketFactory;
import org.postgresql.Driver;
import org.postgresql.PGProperty;
import org.postgresql.core.SocketFactoryFactory;
import org.postgresql.util.PSQLException;

/**
 * Creates the sockets of one connection, and of the cancel requests for its calls, and adds them to
 * its {@link ConnectionSockets}, which can close them all at once. The PostgreSQL driver creates a
 * factory for each connection by name, as its option {@code socketFactory}; if the application has
 * set a factory of its own, that one creates the sockets.
 *
 * <p>Public because the driver has to reach it; not for use by applications.
 */
public final class WatchedSocketFactory extends SocketFactory {

  private static final String GIVEN = "baton.internal.socketFactory";

  private final SocketFactory factory;
  private final ConnectionSockets sockets;

  /**
   * Creates a factory for the connection that this thread opens.
   *
   * @param properties those of the connection
   * @throws PSQLException if the application's own factory cannot be created
   */
  public WatchedSocketFactory(Properties properties) throws PSQLException {
    Properties given = new Properties();
    given.putAll(properties);
    given.remove(PGProperty.SOCKET_FACTORY.getName());
    PGProperty.SOCKET_FACTORY.set(given, properties.getProperty(GIVEN));
    factory = SocketFactoryFactory.getSocketFactory(given);
    ConnectionSockets current = Opening.currentSockets();
    sockets = current == null ? new ConnectionSockets() : current;
  }

  /**
   * Installs this factory in the properties of a connection. Does nothing if the driver cannot find
   * this class, as in a container that shares the PostgreSQL driver between applications: then only
   * the driver's timeouts bound opening and cancelling.
   */
  static void install(Properties properties) {
    if (!isReached()) {
      return;
    }
    String given = PGProperty.SOCKET_FACTORY.getOrDefault(properties);
    if (given != null) {
      properties.setProperty(GIVEN, given);
    }
    PGProperty.SOCKET_FACTORY.set(properties, WatchedSocketFactory.class.getName());
  }

  /** Returns whether the driver finds classes of this package by their names. */
  static boolean isReached() {
    return Reach.OF_THE_DRIVER;
  }

  private static final class Reach {

    static final boolean OF_THE_DRIVER = isReached();

    private static boolean isReached() {
      try {
        return Class.forName(
                WatchedSocketFactory.class.getName(), false, Driver.class.getClassLoader())
            == WatchedSocketFactory.class;
      } catch (ClassNotFoundException elsewhere) {
        return false;
      }
    }
  }

  private Socket watched(Socket socket) throws IOException {
    sockets.add(socket);
    return socket;
  }

  @Override
  public Socket createSocket() throws IOException {
    return watched(factory.createSocket());
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return watched(factory.createSocket(host, port));
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return watched(factory.createSocket(host, port, localHost, localPort));
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return watched(factory.createSocket(host, port));
  }

  @Override
  public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
      throws IOException {
    return watched(factory.createSocket(address, port, localAddress, localPort));
  }
}

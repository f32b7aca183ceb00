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
 * Makes the sockets of connections such that the {@link Opening} they belong to can close them. The
 * PostgreSQL driver makes it by name, as its option {@code socketFactory}; the application's own
 * factory, if it has set one, goes on making the sockets.
 *
 * <p>Public because the driver has to reach it; nobody else is to use it.
 */
public final class WatchedSocketFactory extends SocketFactory {

  private static final String GIVEN = "baton.internal.socketFactory";

  private final SocketFactory sockets;

  /**
   * Makes a factory.
   *
   * @param properties those of the connection
   * @throws PSQLException if the application's own factory cannot be made
   */
  public WatchedSocketFactory(Properties properties) throws PSQLException {
    Properties given = new Properties();
    given.putAll(properties);
    given.remove(PGProperty.SOCKET_FACTORY.getName());
    PGProperty.SOCKET_FACTORY.set(given, properties.getProperty(GIVEN));
    sockets = SocketFactoryFactory.getSocketFactory(given);
  }

  /**
   * Has the sockets of a connection watched. Does nothing where the driver cannot find this class,
   * as in a container that shares the PostgreSQL driver between applications: opening is bounded by
   * its timeouts alone then.
   */
  static void install(Properties properties) {
    if (!Reach.OF_THE_DRIVER) {
      return;
    }
    String given = PGProperty.SOCKET_FACTORY.getOrDefault(properties);
    if (given != null) {
      properties.setProperty(GIVEN, given);
    }
    PGProperty.SOCKET_FACTORY.set(properties, WatchedSocketFactory.class.getName());
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

  private static Socket watched(Socket socket) throws IOException {
    Opening opening = Opening.current();
    if (opening != null) {
      opening.watch(socket);
    }
    return socket;
  }

  @Override
  public Socket createSocket() throws IOException {
    return watched(sockets.createSocket());
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return watched(sockets.createSocket(host, port));
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return watched(sockets.createSocket(host, port, localHost, localPort));
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return watched(sockets.createSocket(host, port));
  }

  @Override
  public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
      throws IOException {
    return watched(sockets.createSocket(address, port, localAddress, localPort));
  }
}

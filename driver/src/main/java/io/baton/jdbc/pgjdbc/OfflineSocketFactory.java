package io.baton.jdbc.pgjdbc;

import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.SocketFactory;

/**
 * Creates the socket of a connection that has no server, see {@link OfflineConnection}. The
 * PostgreSQL driver creates the factory by name, as its option {@code socketFactory}.
 *
 * <p>Public because the driver has to reach it; not for use by applications.
 */
public final class OfflineSocketFactory extends SocketFactory {

  private final String answer;
  private final AtomicBoolean made = new AtomicBoolean();

  /**
   * Creates a factory.
   *
   * @param answer what the driver reads after it has sent its start-up message: one byte for each
   *     character
   */
  public OfflineSocketFactory(String answer) {
    this.answer = answer;
  }

  /** The socket of the connection itself; the driver opens another for each cancel request. */
  @Override
  public Socket createSocket() throws ConnectException {
    if (made.getAndSet(true)) {
      throw new ConnectException("There is no server that could cancel anything");
    }
    return new StartUpSocket(answer.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Override
  public Socket createSocket(String host, int port) throws ConnectException {
    return createSocket();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws ConnectException {
    return createSocket();
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws ConnectException {
    return createSocket();
  }

  @Override
  public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
      throws ConnectException {
    return createSocket();
  }
}

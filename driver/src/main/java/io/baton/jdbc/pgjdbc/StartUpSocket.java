package io.baton.jdbc.pgjdbc;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.Objects;

/**
 * A socket in memory. It takes the start-up message of a client, returns the answer to it, and then
 * behaves as if its peer were gone: writing fails, and reading is at the end of the stream. Only a
 * farewell is taken, and what is left in the driver's buffer ahead of it after the failure: the
 * driver sends both where a connection that was not closed is collected, and logs what becomes of
 * it.
 *
 * <p>It is connected from the start, so that no host name is looked up. It implements what the
 * PostgreSQL driver uses of a socket; the other methods would need a socket of the system.
 */
@SuppressWarnings("UnsynchronizedOverridesSynchronized") // What they guard is volatile here.
final class StartUpSocket extends Socket {

  private static final int BUFFER_BYTES = 8192;

  private final InputStream answer;
  private final OutputStream request = new Request();
  private volatile boolean closed;
  private volatile int timeoutMillis;
  private volatile boolean keptAlive;
  private volatile boolean withoutDelay;

  StartUpSocket(byte[] answer) {
    this.answer = new ByteArrayInputStream(answer);
  }

  /** Takes one start-up message, which begins with its length, and after it nothing but an end. */
  private final class Request extends OutputStream {

    private static final int LENGTH_BYTES = 4;

    /** The type of the message Terminate (PostgreSQL, Message Formats). */
    private static final int TERMINATE = 'X';

    private int length;
    private int taken;
    private boolean over;

    @Override
    public void write(int next) throws SocketException {
      if (closed) {
        throw new SocketException("Socket closed");
      }
      if (taken < LENGTH_BYTES) {
        length = (length << 8) | (next & 0xff);
      } else if (taken == length) {
        boolean isTaken = over || next == TERMINATE;
        over = true;
        if (isTaken) {
          return;
        }
        throw new SocketException("There is no server on this connection");
      }
      taken++;
    }

    @Override
    public void write(byte[] bytes, int offset, int number) throws SocketException {
      Objects.checkFromIndexSize(offset, number, bytes.length);
      for (int index = offset; index < offset + number; index++) {
        write(bytes[index]);
      }
    }
  }

  private void requireOpen() throws SocketException {
    if (closed) {
      throw new SocketException("Socket is closed");
    }
  }

  @Override
  public InputStream getInputStream() throws SocketException {
    requireOpen();
    return answer;
  }

  @Override
  public OutputStream getOutputStream() throws SocketException {
    requireOpen();
    return request;
  }

  @Override
  public void connect(SocketAddress endpoint, int timeout) {
    // It is connected already.
  }

  @Override
  public void bind(SocketAddress local) {
    // It has no address.
  }

  @Override
  public boolean isConnected() {
    return true;
  }

  @Override
  public boolean isBound() {
    return true;
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public void close() {
    closed = true;
  }

  @Override
  public void setSoTimeout(int millis) throws SocketException {
    requireOpen();
    timeoutMillis = millis;
  }

  @Override
  public int getSoTimeout() throws SocketException {
    requireOpen();
    return timeoutMillis;
  }

  @Override
  public void setTcpNoDelay(boolean on) {
    withoutDelay = on;
  }

  @Override
  public boolean getTcpNoDelay() {
    return withoutDelay;
  }

  @Override
  public void setKeepAlive(boolean on) {
    keptAlive = on;
  }

  @Override
  public boolean getKeepAlive() {
    return keptAlive;
  }

  @Override
  public void setSendBufferSize(int size) {
    // It has no buffer.
  }

  @Override
  public int getSendBufferSize() {
    return BUFFER_BYTES;
  }

  @Override
  public void setReceiveBufferSize(int size) {
    // It has no buffer.
  }

  @Override
  public int getReceiveBufferSize() {
    return BUFFER_BYTES;
  }

  @Override
  public String toString() {
    return "a socket in memory";
  }
}

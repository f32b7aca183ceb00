package io.baton.testkit.proxy;

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client's connection and the server's connection that belongs to it. Thread-safe. */
final class Relay {
  private static final Logger LOG = LoggerFactory.getLogger(Relay.class);

  private final FaultProxy proxy;
  private final SocketChannel client;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final AtomicInteger openDirections = new AtomicInteger(2);
  private final ReentrantLock firing = new ReentrantLock();
  private volatile @Nullable SocketChannel server;
  private volatile boolean lostBytes;

  Relay(FaultProxy proxy, SocketChannel client) {
    this.proxy = proxy;
    this.client = client;
  }

  /** Connects to the server and passes bytes on, this thread those of the client. */
  void run(SocketAddress target, Counters counters, Executor threads) {
    Conversation conversation = new Conversation(counters);
    try {
      client.setOption(StandardSocketOptions.TCP_NODELAY, true);
      SocketChannel connected = null;
      if (proxy.weather().passes()) {
        connected = SocketChannel.open();
        server = connected;
        connected.setOption(StandardSocketOptions.TCP_NODELAY, true);
        connected.connect(target);
        Pump answers =
            new Pump(
                this, proxy, connected, client, conversation, new Framing.OfBackend(conversation));
        threads.execute(answers::run);
      } else {
        losesBytes();
      }
      if (closed.get()) {
        reset();
        return;
      }
      new Pump(this, proxy, client, connected, conversation, new Framing.OfFrontend(conversation))
          .run();
    } catch (IOException e) {
      LOG.debug("{} does not reach {}: {}", this, target, e.toString());
      broken();
    }
  }

  /** Something that one direction does. */
  interface Passage {
    void run() throws IOException;
  }

  /**
   * Does something while the other direction passes nothing on: else the answer to the last message
   * before a fault could overtake the fault.
   */
  void whileStandingStill(Passage passage) throws IOException {
    firing.lock();
    try {
      passage.run();
    } finally {
      firing.unlock();
    }
  }

  /** Called before bytes are passed on: waits while the other direction has a fault happen. */
  void awaitPassage() throws IOException {
    if (firing.isLocked()) {
      whileStandingStill(() -> {});
    }
  }

  boolean hasLostBytes() {
    return lostBytes;
  }

  /** Bytes were lost: nothing that follows them may arrive either, and the end is to be cut off. */
  void losesBytes() {
    lostBytes = true;
    if (proxy.weather().passes()) {
      reset();
    }
  }

  /** One direction has come to its regular end, which is passed on. */
  void ended(@Nullable SocketChannel receiver) throws IOException {
    if (openDirections.decrementAndGet() == 0) {
      close(false);
    } else if (receiver != null) {
      receiver.shutdownOutput();
    }
  }

  /** A side has reset the connection, or cannot be reached. */
  void broken() {
    reset();
  }

  /** Ends the connection: the client is told by a reset, the server keeps what it has received. */
  void reset() {
    close(true);
  }

  /** Ends the connection; both sides keep what they have received, and see its regular end. */
  void cutOff() {
    close(false);
  }

  private void close(boolean reset) {
    closed.set(true);
    try {
      if (reset && client.isOpen()) {
        client.setOption(StandardSocketOptions.SO_LINGER, 0);
      }
    } catch (IOException e) {
      LOG.debug("{} was closed meanwhile", this, e);
    }
    closeQuietly(client);
    closeQuietly(server);
    proxy.forget(this);
  }

  private static void closeQuietly(@Nullable Closeable socket) {
    if (socket == null) {
      return;
    }
    try {
      socket.close();
    } catch (IOException e) {
      LOG.debug("Closing failed", e);
    }
  }

  @Override
  public String toString() {
    return "connection of " + client.socket().getRemoteSocketAddress();
  }
}

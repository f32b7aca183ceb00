package io.baton.testkit.proxy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One direction of a connection: reads bytes, sees the messages in them, passes the bytes on.
 *
 * <p>Without an armed fault, what has been read is passed on at once, whole messages or not. With
 * one, a message is passed on only when it is whole (or 32 KiB of it are there), so that it can be
 * withheld. In the window, {@code sent <= end} and {@code start <= end}: bytes up to {@code sent}
 * were passed on, the message not yet seen begins at {@code start}, bytes up to {@code end} were
 * read. Belongs to its own thread.
 */
final class Pump {
  private static final Logger LOG = LoggerFactory.getLogger(Pump.class);
  private static final int KEPT_OF_A_MESSAGE = 32 * 1024;

  private final Relay relay;
  private final FaultProxy proxy;
  private final SocketChannel from;
  private final @Nullable SocketChannel to;
  private final Conversation conversation;
  private final Framing framing;

  private final byte[] window = new byte[2 * KEPT_OF_A_MESSAGE];
  private final ByteBuffer incoming = ByteBuffer.wrap(window);
  private final ByteBuffer outgoing = ByteBuffer.wrap(window);
  private int sent;
  private int start;
  private int end;

  /** What is still to come of a message that has been seen by its beginning. */
  private long restOfMessage;

  private List<ArmedFault> afterMessage = List.of();

  Pump(
      Relay relay,
      FaultProxy proxy,
      SocketChannel from,
      @Nullable SocketChannel to,
      Conversation conversation,
      Framing framing) {
    this.relay = relay;
    this.proxy = proxy;
    this.from = from;
    this.to = to;
    this.conversation = conversation;
    this.framing = framing;
  }

  /** Passes bytes on until a side closes or the connection is cut. */
  void run() {
    try {
      while (read()) {
        awaitDelay();
        if (isSwallowed()) {
          sent = start = end = 0;
        } else if (!deliver()) {
          return;
        }
      }
      if (!isSwallowed()) {
        flush(end);
        relay.ended(to);
      }
    } catch (IOException e) {
      if (!isSwallowed()) {
        relay.broken();
      }
    }
  }

  private boolean read() throws IOException {
    incoming.limit(window.length).position(end);
    int count = from.read(incoming);
    end += Math.max(0, count);
    return count >= 0;
  }

  private void awaitDelay() {
    long arrived = System.nanoTime();
    for (Duration delay = proxy.weather().delay();
        System.nanoTime() - arrived < delay.toNanos();
        delay = proxy.weather().delay()) {
      LockSupport.parkNanos(Math.min(1_000_000, delay.toNanos() - (System.nanoTime() - arrived)));
    }
  }

  private boolean isSwallowed() {
    if (to == null || relay.hasLostBytes()) {
      return true;
    }
    if (proxy.weather().flow() == Weather.Flow.SWALLOWS) {
      relay.losesBytes();
      return true;
    }
    return false;
  }

  /** Sees and passes on what was read; false if the connection was cut. */
  private boolean deliver() throws IOException {
    try {
      while (!conversation.isOpaque() && start < end) {
        if (restOfMessage > 0) {
          int part = (int) Math.min(restOfMessage, end - start);
          start += part;
          restOfMessage -= part;
        } else {
          long length = framing.length(window, start, end);
          int available = end - start;
          if (length == Framing.UNKNOWN || available < Math.min(length, KEPT_OF_A_MESSAGE)) {
            break;
          }
          int kept = (int) Math.min(length, available);
          if (!see(framing.see(window, start, start + kept))) {
            return false;
          }
          start += kept;
          restOfMessage = length - kept;
        }
        if (restOfMessage == 0 && !fire(afterMessage, start)) {
          return false;
        }
      }
    } catch (ProtocolException e) {
      LOG.debug("{} is not understood any more: {}", relay, e.getMessage());
      conversation.becomeOpaque();
    }
    if (conversation.isOpaque()) {
      start = end;
    }
    if (restOfMessage > 0 || !proxy.hasArmedFaults()) {
      flush(end);
    } else {
      flush(start);
    }
    makeRoom();
    return true;
  }

  /** Fires what is to happen before the message, and keeps what is to happen after it. */
  private boolean see(@Nullable MessageSeen seen) throws IOException {
    afterMessage = List.of();
    if (seen == null || !proxy.hasArmedFaults()) {
      return true;
    }
    List<ArmedFault> beforeMessage = new ArrayList<>();
    List<ArmedFault> after = new ArrayList<>();
    for (ArmedFault fault : proxy.armedFaults()) {
      if (fault.claim(relay, seen)) {
        (fault.point().isBefore() ? beforeMessage : after).add(fault);
      }
    }
    afterMessage = after;
    return fire(beforeMessage, start);
  }

  private boolean fire(List<ArmedFault> faults, int passedOnUpTo) throws IOException {
    if (faults.isEmpty()) {
      return true;
    }
    afterMessage = List.of();
    relay.whileStandingStill(
        () -> {
          flush(passedOnUpTo);
          faults.forEach(fault -> proxy.fire(fault, relay));
        });
    return faults.stream().noneMatch(ArmedFault::cuts) && !isSwallowed();
  }

  private void flush(int upTo) throws IOException {
    if (to == null || upTo <= sent) {
      return;
    }
    relay.awaitPassage();
    outgoing.limit(upTo).position(sent);
    while (outgoing.hasRemaining()) {
      to.write(outgoing);
    }
    sent = upTo;
  }

  private void makeRoom() {
    System.arraycopy(window, start, window, 0, end - start);
    sent -= start;
    end -= start;
    start = 0;
  }
}

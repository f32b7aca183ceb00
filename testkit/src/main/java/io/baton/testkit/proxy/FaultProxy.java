package io.baton.testkit.proxy;

import io.baton.testkit.proxy.Weather.Flow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A TCP proxy before one PostgreSQL server at a time, which passes everything on until it is told
 * to do a fault: to all connections at once, as networks do, or to one connection at a chosen
 * message.
 *
 * <p>It understands the protocol as far as it must to find the messages; encrypted connections pass
 * through it and are not understood, so that faults at messages never happen on them.
 *
 * <p>Thread-safe. Each connection takes two threads.
 */
public final class FaultProxy implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FaultProxy.class);
  private static final int BACKLOG = 512;
  private static final AtomicInteger THREADS = new AtomicInteger();

  private final InetSocketAddress address;
  private final Counters counters = new Counters();
  private final Set<Relay> relays = ConcurrentHashMap.newKeySet();
  private final List<ArmedFault> armed = new CopyOnWriteArrayList<>();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "fault-proxy-" + THREADS.incrementAndGet());
            thread.setDaemon(true);
            return thread;
          });

  private volatile Weather weather = Weather.FAIR;
  private volatile InetSocketAddress target;

  // Guarded by this.
  private @Nullable ServerSocketChannel listener;
  private CompletableFuture<?> acceptor = CompletableFuture.completedFuture(null);
  private boolean targetRuns;
  private boolean closed;

  private FaultProxy(InetSocketAddress address, InetSocketAddress target, boolean targetRuns) {
    this.address = address;
    this.target = target;
    this.targetRuns = targetRuns;
  }

  /** A proxy that listens at once; its port must be given, since it is listened on again later. */
  public static FaultProxy start(InetSocketAddress address, InetSocketAddress target) {
    if (address.getPort() == 0) {
      throw new IllegalArgumentException("A proxy needs a port that it can come back to");
    }
    FaultProxy proxy = new FaultProxy(address, target, true);
    proxy.listenOrNot();
    return proxy;
  }

  /** A proxy that refuses connections until {@link #targetStarted()}. */
  public static FaultProxy create(InetSocketAddress address, InetSocketAddress target) {
    return new FaultProxy(address, target, false);
  }

  public String host() {
    return address.getHostString();
  }

  public int port() {
    return address.getPort();
  }

  // ---- faults of the network

  /** Resets all connections, and refuses new ones until {@link #restore()}. */
  public void cut() {
    change(weather.with(Flow.CUT));
    resetConnections();
  }

  /** Resets the connections that are open now; new ones are let through. */
  public void resetConnections() {
    relays.forEach(Relay::reset);
  }

  /**
   * Loses every byte in silence: nothing arrives, and no connection is closed, as behind a firewall
   * that has forgotten its connections or a cable that was pulled. New connections are accepted and
   * get no answer. On {@link #restore()} the connections that have lost something are reset.
   */
  public void halfOpen() {
    change(weather.with(Flow.SWALLOWS));
  }

  /**
   * Holds back what passes, for so long, in each direction: a request and its answer take twice
   * that time more. It models latency; a stream of more than 32 KiB at once becomes slow as well.
   */
  public void delay(Duration oneWay) {
    if (oneWay.isNegative()) {
      throw new IllegalArgumentException("delay: " + oneWay);
    }
    change(weather.with(oneWay));
  }

  /** Ends {@link #cut()}, {@link #halfOpen()} and {@link #delay}. Armed faults stay armed. */
  public void restore() {
    change(Weather.FAIR);
    relays.stream().filter(Relay::hasLostBytes).forEach(Relay::reset);
  }

  /** Whether the network is not as it should be, or a fault is armed. */
  public boolean isDisturbed() {
    return !weather.equals(Weather.FAIR) || hasArmedFaults();
  }

  // ---- faults at a message

  /** Cuts the connection that first reaches the point: both sides see it closed. */
  public ArmedFault cutOn(FaultPoint point) {
    return cutOn(point, () -> {});
  }

  /** Runs an action when a connection first reaches the point, and then cuts that connection. */
  public ArmedFault cutOn(FaultPoint point, Runnable action) {
    return arm(new ArmedFault(point, action, true));
  }

  /**
   * Runs an action when a connection first reaches the point. That connection stands still
   * meanwhile, in both directions, and goes on afterwards.
   */
  public ArmedFault on(FaultPoint point, Runnable action) {
    return arm(new ArmedFault(point, action, false));
  }

  /** Calls off all faults that are armed. */
  public void disarm() {
    armed.forEach(ArmedFault::disarm);
    armed.clear();
  }

  private ArmedFault arm(ArmedFault fault) {
    armed.add(fault);
    return fault;
  }

  // ---- the server behind

  /**
   * Has new connections lead to another server; those that are open stay with the former one, as
   * with a balancer, or a name that is given another address.
   */
  public void turnTo(InetSocketAddress newTarget) {
    target = newTarget;
  }

  /**
   * Tells the proxy that nothing listens behind it: connections are refused, as the server's own
   * port refuses them. Open connections are left to themselves.
   */
  public void targetStopped() {
    synchronized (this) {
      targetRuns = false;
      listenOrNot();
    }
  }

  /** Tells the proxy that the server behind it listens. */
  public void targetStarted() {
    synchronized (this) {
      targetRuns = true;
      listenOrNot();
    }
  }

  // ---- counters

  /** How many connections are open through this proxy. */
  public int openConnections() {
    return relays.size();
  }

  /** How many connections were accepted so far. */
  public long acceptedConnections() {
    return counters.accepted.sum();
  }

  /** How many Query, Sync and FunctionCall messages clients have sent: each ends in an answer. */
  public long requests() {
    return counters.requests.sum();
  }

  /**
   * How many times clients had to wait for the server: requests, where those that were sent while
   * an earlier one was not answered yet count as part of it.
   */
  public long roundTrips() {
    return counters.roundTrips.sum();
  }

  /** Closes all connections and stops listening, for good. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      listenOrNot();
    }
    relays.forEach(Relay::reset);
    threads.shutdown();
  }

  // ---- for its connections

  Weather weather() {
    return weather;
  }

  boolean hasArmedFaults() {
    return !armed.isEmpty() && armed.stream().anyMatch(ArmedFault::isArmed);
  }

  List<ArmedFault> armedFaults() {
    return armed;
  }

  void fire(ArmedFault fault, Relay relay) {
    LOG.debug("{} on {}", fault, relay);
    armed.remove(fault);
    fault.fire(relay::cutOff);
  }

  void forget(Relay relay) {
    relays.remove(relay);
  }

  private void change(Weather newWeather) {
    synchronized (this) {
      weather = newWeather;
      listenOrNot();
    }
  }

  private void listenOrNot() {
    synchronized (this) {
      boolean listens =
          !closed && (weather.flow() == Flow.SWALLOWS || (weather.passes() && targetRuns));
      try {
        if (listens && listener == null) {
          ServerSocketChannel channel = ServerSocketChannel.open();
          channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
          channel.bind(address, BACKLOG);
          listener = channel;
          acceptor = CompletableFuture.runAsync(() -> accept(channel), threads);
        } else if (!listens && listener != null) {
          listener.close();
          listener = null;
          // Until it has come back, the operating system accepts connections.
          acceptor.join();
        }
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot listen on " + address, e);
      }
    }
  }

  private void accept(ServerSocketChannel channel) {
    try {
      while (channel.isOpen()) {
        SocketChannel client = channel.accept();
        counters.accepted.increment();
        Relay relay = new Relay(this, client);
        relays.add(relay);
        if (weather.flow() == Flow.CUT) {
          relay.reset();
        } else {
          threads.execute(() -> relay.run(target, counters, threads));
        }
      }
    } catch (IOException | RejectedExecutionException e) {
      LOG.debug("No longer listening on {}: {}", address, e.toString());
    }
  }

  @Override
  public String toString() {
    return "proxy " + address + " before " + target;
  }
}

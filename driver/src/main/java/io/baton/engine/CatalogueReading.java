package io.baton.engine;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.baton.routing.Cluster;
import io.baton.routing.ClusterAttachment;
import io.baton.routing.monitor.AbortableConnection;
import io.baton.routing.monitor.Connector;
import io.baton.routing.monitor.UnexpectedFailures;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.Topology;
import io.baton.session.catalogue.FunctionCatalogue;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the catalogue of a cluster's database in the background, on one connection of its own, so
 * that no call of an application waits for it: as long as sessions make calls, and at once after a
 * definition. It asks the writer, or a reader while there is no writer.
 *
 * <p>The connection is closed when it was idle for a minute, and the thread ends with the cluster.
 *
 * <p>Thread-safe.
 */
final class CatalogueReading implements ClusterAttachment {

  private static final Logger LOG = LoggerFactory.getLogger(CatalogueReading.class);

  private static final Duration OPENING_LIMIT = Duration.ofSeconds(3);

  /** How long a server may take to answer. */
  private static final Duration READING_LIMIT = Duration.ofSeconds(60);

  /** For how long an unused connection is kept. */
  private static final Duration IDLE_LIMIT = Duration.ofMinutes(1);

  /** Definitions often come one after the other. */
  private static final Duration PAUSE = Duration.ofMillis(20);

  /** A server spends a tenth of its time on it at the most, however often definitions change. */
  private static final int PAUSE_PER_READING = 9;

  private static final Duration FIRST_BACKOFF = Duration.ofMillis(100);
  private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(5);

  private final Cluster cluster;
  private final Connector connector;
  private final FunctionCatalogue catalogue;
  private final Runnable wanting = this::want;

  private final UnexpectedFailures unexpected =
      new UnexpectedFailures("The thread that reads the catalogue");

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** Whether it is to be read. */
  @GuardedBy("lock")
  private boolean wanted;

  @GuardedBy("lock")
  private boolean started;

  @GuardedBy("lock")
  private boolean closed;

  /** Whether there is another writer since a pause began, which may answer where one did not. */
  @GuardedBy("lock")
  private boolean newWriter;

  /** Whether it was read from a standby last, which may be behind. */
  @GuardedBy("lock")
  private boolean ofStandby;

  /** How often it was read. */
  @GuardedBy("lock")
  private long readings;

  /** Who has the connection; null while there is none. */
  private volatile @Nullable Held held;

  /** A connection, and where it leads. */
  private record Held(Endpoint endpoint, AbortableConnection connection) {}

  /** Makes one that begins when the catalogue is first wanted. */
  CatalogueReading(Cluster cluster, Connector connector, FunctionCatalogue catalogue) {
    this.cluster = cluster;
    this.connector = connector;
    this.catalogue = catalogue;
    catalogue.readBy(wanting);
    cluster.addListener(this::leaveFormerWriter);
    cluster.slots().addHolder(this::giveUp);
  }

  /** Has the catalogue read soon. */
  private void want() {
    lock.lock();
    try {
      if (closed || wanted) {
        return;
      }
      wanted = true;
      if (!started) {
        started = true;
        cluster.thread("baton-catalogue", this::run).start();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Starts the first reading, which waits until a server is known; does nothing afterwards. */
  void begin() {
    catalogue.keepUp();
  }

  /** Waits for the first snapshot, if there is none yet, but not for long. */
  void awaitFirst(Duration limit) {
    catalogue.keepUp();
    if (!catalogue.isEmpty()) {
      return;
    }
    long left = limit.toNanos();
    lock.lock();
    try {
      long before = readings;
      while (readings == before && catalogue.isEmpty() && !closed && left > 0) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt(); // The application is in a hurry.
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    Duration backoff = FIRST_BACKOFF;
    Duration pause = PAUSE;
    try {
      while (awaitWanted()) {
        if (!catalogue.isEmpty()) {
          pause(pause);
        }
        awaitServer();
        beginReading();
        try {
          long began = System.nanoTime();
          read();
          pause = PAUSE.plusNanos(PAUSE_PER_READING * (System.nanoTime() - began));
          backoff = FIRST_BACKOFF;
        } catch (SQLException | RuntimeException | Error failure) {
          tell(failure);
          release();
          pause(backoff);
          backoff = shorter(backoff.multipliedBy(2), LONGEST_BACKOFF);
          again();
        }
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    } finally {
      release();
    }
  }

  private void tell(Throwable failure) {
    if (failure instanceof SQLException) {
      LOG.debug("The catalogue of {} was not read: {}", cluster, failure.getMessage());
    } else {
      unexpected.tell(failure);
    }
  }

  /** Waits until any server is known, the first time; a reading after that fails without one. */
  private void awaitServer() throws InterruptedException {
    lock.lock();
    try {
      while (!closed && readings == 0 && endpoint(cluster.topology()) == null) {
        changed.awaitNanos(FIRST_BACKOFF.toNanos());
      }
    } finally {
      lock.unlock();
    }
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /** Returns false when the cluster is closed. */
  private boolean awaitWanted() throws InterruptedException {
    lock.lock();
    try {
      while (!wanted && !closed) {
        if (held == null) {
          changed.await();
        } else if (!changed.await(IDLE_LIMIT.toNanos(), TimeUnit.NANOSECONDS)) {
          release();
        }
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private void pause(Duration length) throws InterruptedException {
    long left = length.toNanos();
    lock.lock();
    try {
      newWriter = false;
      while (!closed && !newWriter && left > 0) {
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /** What is wanted from here on asks for another reading. */
  private void beginReading() {
    lock.lock();
    try {
      wanted = false;
    } finally {
      lock.unlock();
    }
  }

  private void again() {
    lock.lock();
    try {
      wanted = true;
    } finally {
      lock.unlock();
    }
  }

  private void read() throws SQLException {
    Endpoint endpoint = endpoint(cluster.topology());
    if (endpoint == null) {
      throw new SQLException("no server is known", "08001");
    }
    catalogue.refresh(connection(endpoint));
    lock.lock();
    try {
      readings++;
      ofStandby = !isOfWriter(endpoint, cluster.topology());
      wanted |= ofStandby && cluster.topology().hasWriter(); // It was found meanwhile.
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private static boolean isOfWriter(Endpoint endpoint, Topology topology) {
    return topology.writer().filter(writer -> writer.endpoint().equals(endpoint)).isPresent();
  }

  private static @Nullable Endpoint endpoint(Topology topology) {
    return topology
        .writer()
        .or(() -> topology.readers().stream().filter(EndpointState::isUsable).findFirst())
        .map(EndpointState::endpoint)
        .orElse(null);
  }

  private Connection connection(Endpoint endpoint) throws SQLException {
    Held now = held;
    Connection kept = now == null ? null : now.connection().current();
    if (now != null && kept != null && now.endpoint().equals(endpoint)) {
      return kept;
    }
    release();
    AbortableConnection opening = new AbortableConnection(connector);
    held = new Held(endpoint, opening);
    if (isClosed()) {
      throw new SQLException("the cluster is closed", "08003");
    }
    Connection opened = opening.open(endpoint, OPENING_LIMIT);
    opened.setNetworkTimeout(Runnable::run, Math.toIntExact(READING_LIMIT.toMillis()));
    return opened;
  }

  private boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  private void release() {
    Held now = held;
    held = null;
    if (now != null) {
      now.connection().close();
    }
  }

  /**
   * Has a reading end that waits for a server that is not the writer any more, and a pause after
   * one that failed there. What a standby has shown is read again.
   */
  private void leaveFormerWriter(Topology before, Topology after) {
    if (after.hasWriter() && !Objects.equals(endpoint(before), endpoint(after))) {
      lock.lock();
      try {
        newWriter = true;
        wanted |= ofStandby;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
    Held now = held;
    if (now != null && after.hasWriter() && !isOfWriter(now.endpoint(), after)) {
      now.connection().abort();
    }
  }

  /** Ends a reading, or closes the connection that waits for the next one. */
  private boolean giveUp(Endpoint endpoint) {
    Held now = held;
    if (now == null || !now.endpoint().equals(endpoint)) {
      return false;
    }
    now.connection().abort();
    return true;
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    catalogue.notReadBy(wanting);
    Held now = held;
    if (now != null) {
      now.connection().abort();
    }
  }
}

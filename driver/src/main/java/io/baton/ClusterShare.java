package io.baton;

import io.baton.jdbc.ConnectionFactory;
import io.baton.jdbc.options.BatonUrl;
import java.lang.ref.Cleaner;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The share of one data source in the cluster that its last connection was opened to. It keeps the
 * cluster in use while there is no connection.
 *
 * <p>A share is taken after a connection was opened, so that a wrong password keeps no cluster in
 * use. It is released when the data source is closed or garbage collected: HikariCP, for one, does
 * not close a data source that it has created from a class name.
 *
 * <p>Thread-safe; no thread waits while it holds the lock.
 */
final class ClusterShare {

  /** Opens connections and leases. */
  interface Source {
    Connection open(BatonUrl url) throws SQLException;

    ConnectionFactory.Lease lease(BatonUrl url) throws SQLException;
  }

  private final Source source;
  private final ReentrantLock lock = new ReentrantLock();
  // All guarded by the lock.
  private @Nullable BatonUrl url;
  private ConnectionFactory.@Nullable Lease lease;
  private boolean isClosed;
  private boolean isWatched;

  ClusterShare() {
    this(
        new Source() {
          @Override
          public Connection open(BatonUrl url) throws SQLException {
            return ConnectionFactory.open(url);
          }

          @Override
          public ConnectionFactory.Lease lease(BatonUrl url) throws SQLException {
            return ConnectionFactory.lease(url);
          }
        });
  }

  ClusterShare(Source source) {
    this.source = source;
  }

  /** Opens a connection for the data source that owns this share. */
  Connection open(Object owner, BatonUrl wanted) throws SQLException {
    if (holds(wanted)) {
      return source.open(wanted);
    }
    // Taken before the connection is opened, or a cluster built for it could be gone by then.
    ConnectionFactory.Lease superfluous = source.lease(wanted);
    try {
      Connection connection = source.open(wanted);
      superfluous = exchange(owner, wanted, superfluous);
      return connection;
    } finally {
      if (superfluous != null) {
        superfluous.close();
      }
    }
  }

  /**
   * Throws unless the data source is open.
   *
   * @throws SQLException 08003 if it is closed
   */
  void checkOpen() throws SQLException {
    lock.lock();
    try {
      if (isClosed) {
        throw new SQLNonTransientConnectionException("The data source is closed", "08003");
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean holds(BatonUrl wanted) throws SQLException {
    lock.lock();
    try {
      if (isClosed) {
        throw new SQLNonTransientConnectionException("The data source is closed", "08003");
      }
      return wanted.equals(url);
    } finally {
      lock.unlock();
    }
  }

  /** Keeps the new lease; returns the one to close, which is the new one if nothing is kept now. */
  private ConnectionFactory.@Nullable Lease exchange(
      Object owner, BatonUrl newUrl, ConnectionFactory.Lease newLease) {
    lock.lock();
    try {
      if (isClosed) {
        return newLease;
      }
      if (!isWatched) {
        Collected.CLEANER.register(owner, this::close);
        isWatched = true;
      }
      ConnectionFactory.Lease former = lease;
      url = newUrl;
      lease = newLease;
      return former;
    } finally {
      lock.unlock();
    }
  }

  /** Releases the share for good. */
  void close() {
    ConnectionFactory.Lease former;
    lock.lock();
    try {
      isClosed = true;
      former = lease;
      lease = null;
      url = null;
    } finally {
      lock.unlock();
    }
    if (former != null) {
      former.close();
    }
  }

  /**
   * The cleaner of data sources that are garbage collected; its thread starts with the first data
   * source that opens a connection.
   */
  private static final class Collected {
    static final Cleaner CLEANER = Cleaner.create();
  }
}

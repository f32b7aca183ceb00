package io.baton.jdbc;

import io.baton.BatonConnection;
import io.baton.engine.ClusterHandle;
import io.baton.engine.HeadStart;
import io.baton.engine.Session;
import io.baton.engine.TwoPhaseCommit;
import io.baton.jdbc.options.BatonUrl;
import io.baton.jdbc.pooled.LocalTransactions;
import io.baton.jdbc.pooled.PooledSession;
import io.baton.jdbc.xa.XaSession;
import io.baton.routing.topology.ClientRefusalException;
import io.baton.session.written.WrittenSession;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import javax.sql.PooledConnection;
import javax.sql.XAConnection;

/** Opens connections for the application. */
public final class ConnectionFactory {

  private ConnectionFactory() {}

  /** A share in a cluster, until it is closed. Closing it twice has no further effect. */
  public interface Lease extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Opens a connection to the writer.
   *
   * @throws SQLException the server's error, unchanged; or {@link io.baton.NoServerException} if no
   *     writer is found in time
   */
  public static Connection open(BatonUrl url) throws SQLException {
    return new RoutedConnection(session(url));
  }

  /**
   * Opens a connection whose session is one that was written down.
   *
   * @param changed the properties of the URL that count before what was written down
   * @throws SQLException as {@link #open}; 55000 if the session cannot be restored there
   */
  public static BatonConnection restore(BatonUrl url, WrittenSession written, Set<String> changed)
      throws SQLException {
    Session session = session(url);
    try {
      session.resume(written, changed);
      return new RoutedConnection(session);
    } catch (SQLException | RuntimeException refused) {
      session.close();
      throw refused;
    }
  }

  private static Session session(BatonUrl url) throws SQLException {
    HeadStart.take();
    ClusterHandle cluster = ClusterHandle.of(url);
    try {
      boolean readOnly = Boolean.parseBoolean(url.pgProperties().getProperty("readOnly"));
      return new Session(cluster, readOnly);
    } catch (ClientRefusalException refused) {
      cluster.close();
      throw refused.refusal();
    } catch (SQLException | RuntimeException failure) {
      cluster.close();
      throw failure;
    }
  }

  /**
   * Opens a connection for a pool of another maker.
   *
   * @param opens opens the connection
   * @param autoCommit the mode that each of its users begins in
   */
  public static PooledConnection pooled(Opener opens, boolean autoCommit) throws SQLException {
    return new PooledSession(opened(opens), new LocalTransactions(autoCommit));
  }

  /**
   * Opens a connection for a transaction manager.
   *
   * @param opens opens the connection
   */
  public static XAConnection xa(Opener opens) throws SQLException {
    RoutedConnection connection = opened(opens);
    return new XaSession(connection, new TwoPhaseCommit(connection.session()));
  }

  private static RoutedConnection opened(Opener opens) throws SQLException {
    return (RoutedConnection) opens.open();
  }

  /** What opens a connection of this factory. */
  @FunctionalInterface
  public interface Opener {
    /** Opens it. */
    Connection open() throws SQLException;
  }

  /**
   * Keeps the cluster of this URL in use, with its topology and its monitors, until the lease is
   * closed. A {@code DataSource} holds one, so that the cluster stays in use while no connection is
   * open.
   */
  public static Lease lease(BatonUrl url) {
    ClusterHandle cluster = ClusterHandle.of(url);
    return cluster::close;
  }
}

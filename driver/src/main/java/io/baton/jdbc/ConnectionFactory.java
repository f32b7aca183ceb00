package io.baton.jdbc;

import io.baton.engine.ClusterHandle;
import io.baton.engine.Session;
import io.baton.jdbc.options.BatonUrl;
import io.baton.routing.topology.ClientRefusalException;
import java.sql.Connection;
import java.sql.SQLException;

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
    ClusterHandle cluster = ClusterHandle.of(url);
    try {
      boolean readOnly = Boolean.parseBoolean(url.pgProperties().getProperty("readOnly"));
      return new RoutedConnection(new Session(cluster, readOnly));
    } catch (ClientRefusalException refused) {
      cluster.close();
      throw refused.refusal();
    } catch (SQLException | RuntimeException failure) {
      cluster.close();
      throw failure;
    }
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

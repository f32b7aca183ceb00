package io.baton.jdbc;

import io.baton.jdbc.options.BatonUrl;
import io.baton.routing.ClusterLease;
import java.sql.Connection;
import java.sql.SQLException;

/** Opens the connections that an application asks for. */
public final class ConnectionFactory {

  private ConnectionFactory() {}

  /** A share in a cluster, until it is closed; closing twice does nothing more. */
  public interface Lease extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Opens a connection to the writer.
   *
   * @throws SQLException what the server said, untouched; or {@link io.baton.NoServerException} if
   *     there is no writer in time
   */
  public static Connection open(BatonUrl url) throws SQLException {
    Servers servers = Servers.of(url);
    try {
      boolean readOnly = Boolean.parseBoolean(url.pgProperties().getProperty("readOnly"));
      return new RoutedConnection(new LogicalSession(servers, readOnly));
    } catch (SQLException | RuntimeException failure) {
      servers.close();
      throw failure;
    }
  }

  /**
   * Keeps the cluster of this URL alive, with its topology and its monitors, until the lease is
   * closed; a {@code DataSource} holds one, so that the cluster outlives a moment without
   * connections.
   */
  public static Lease lease(BatonUrl url) {
    ClusterLease lease = Servers.lease(url);
    return lease::close;
  }
}

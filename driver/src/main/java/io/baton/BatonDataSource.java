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
 * The {@link DataSource} of Baton. It opens connections that outlive the servers they run on. It
 * does not pool them; put a pool in front of it.
 *
 * <p>It takes the place of {@code org.postgresql.ds.PGSimpleDataSource} and has the same bean
 * properties, and those of {@link BatonDataSourceProperties}.
 *
 * <p>The cluster, with the known state of its servers, is kept as long as this object and the
 * connections it has opened are in use. {@link #close} releases this object's share in it; garbage
 * collection of an object that was not closed does so, too.
 *
 * <p>Thread-safe once all properties are set.
 */
public class BatonDataSource extends BatonDataSourceProperties
    implements DataSource, Serializable, AutoCloseable {

  @Serial private static final long serialVersionUID = 1L;

  private final transient ClusterShare share = new ClusterShare();

  /** Creates a data source for {@code localhost}, port 5432. */
  public BatonDataSource() {}

  /**
   * Opens a connection as {@link #getUser}.
   *
   * @throws SQLException 22023 if a property is not valid; for others, see the reference of
   *     SQLStates
   */
  @Override
  public Connection getConnection() throws SQLException {
    return share.open(this, effectiveUrl());
  }

  /** Opens a connection as another user; null stands for the property of this data source. */
  @Override
  public Connection getConnection(@Nullable String user, @Nullable String password)
      throws SQLException {
    return share.open(this, effectiveUrl().withCredentials(user, password));
  }

  /**
   * A view of this data source whose connections are read-only, so that what they run goes to a
   * standby: see {@code baton.reads}.
   */
  public DataSource readOnly() {
    return readOnly(this);
  }

  /**
   * A view of a data source, or of a pool around one, whose connections are read-only while the
   * application has them. It is for code that cannot call {@link Connection#setReadOnly}, such as
   * an ORM in a transaction of JTA. It opens nothing of its own: both share the pool.
   *
   * <p>A connection is to be closed between transactions. One that is closed while a transaction is
   * open is left read-only, with a WARN; most pools reset that themselves.
   */
  public static DataSource readOnly(DataSource pool) {
    return new ReadOnlyView(pool);
  }

  /** Closes the data source: it opens no more connections. Open connections are not affected. */
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

  /** The serialized form: the settings alone. */
  private record Serialized(DataSourceSettings settings) implements Serializable {

    @Serial
    private Object readResolve() {
      BatonDataSource dataSource = new BatonDataSource();
      BatonDataSourceFactory.set(dataSource, settings.byName());
      return dataSource;
    }
  }
}

package io.baton;

import java.io.Serial;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

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
public class BatonDataSource extends SharingDataSource implements DataSource {

  @Serial private static final long serialVersionUID = 1L;

  /** Creates a data source for {@code localhost}, port 5432. */
  public BatonDataSource() {}

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
}

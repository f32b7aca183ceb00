package io.baton;

import java.io.Serial;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
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

  /** Restores a session without changes: see {@link #restore(String, Properties)}. */
  public BatonConnection restore(String snapshot) throws SQLException {
    return restore(snapshot, new Properties());
  }

  /**
   * Opens a connection whose session is the one that {@link BatonConnection#snapshot} wrote down.
   * The session is rebuilt as after a failover, and the server is asked then whether it holds what
   * the first one held: if not, the connection is closed and an error says what differs.
   *
   * <p><strong>Treat the text like code.</strong> It has statements that are run, as the user of
   * this data source: restore only what comes from where you would take a program from. The check
   * sum shows that it is whole, not who wrote it. The server decides, as for every other session of
   * this user, which roles, settings and definitions it may have: a restored session may do nothing
   * that a new one of the same user could not.
   *
   * @param snapshot the text
   * @param changes options and properties by the names that they have in a URL, which take the
   *     place of those of this data source, {@code PGHOST}, {@code PGPORT}, {@code PGDBNAME},
   *     {@code user} and {@code password} among them; a {@code url} takes the place of the URL, and
   *     what it says that of hosts and properties. What they say of something that the session has
   *     as well ({@code ApplicationName}, {@code currentSchema}, {@code readOnly}, {@code
   *     socketTimeout}, {@code prepareThreshold}, {@code defaultRowFetchSize}, {@code autosave},
   *     {@code adaptiveFetch}) counts before the session; what the data source itself says does not
   * @throws SQLException 22023 if the text is no snapshot, is not whole or was changed, or a change
   *     is not valid; 0A000 if the text is of another version; 55000 if the server does not take
   *     the session as it was, or if it is of another user or database and the changes do not name
   *     one; others as {@link #getConnection()}
   */
  public BatonConnection restore(String snapshot, Properties changes) throws SQLException {
    return restored(snapshot, changes);
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

package io.baton;

import io.baton.jdbc.ConnectionFactory;
import io.baton.jdbc.options.DataSourceSettings;
import io.baton.session.written.WrittenSession;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serial;
import java.io.Serializable;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * What the data sources of Baton have in common: they open connections, and keep the cluster in use
 * until they are closed.
 *
 * <p>Serialized, they are their settings alone.
 */
abstract class SharingDataSource extends BatonDataSourceProperties
    implements Serializable, AutoCloseable {

  @Serial private static final long serialVersionUID = 1L;

  private final transient ClusterShare share = new ClusterShare();

  SharingDataSource() {}

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

  /** Opens a session that was written down. */
  final BatonConnection restored(@Nullable String snapshot, @Nullable Properties changes)
      throws SQLException {
    share.checkOpen();
    if (snapshot == null || changes == null) {
      throw new SQLException(
          (snapshot == null ? "The snapshot" : "The set of changes") + " to restore is null",
          "22023");
    }
    WrittenSession written = WrittenSession.parse(snapshot);
    Map<String, String> changed = new HashMap<>();
    for (Map.Entry<?, ?> change : changes.entrySet()) {
      if (!(change.getKey() instanceof String) || !(change.getValue() instanceof String)) {
        throw new SQLException(
            "The change " + change.getKey() + " is no text: both its name and its value have to be",
            "22023");
      }
    }
    for (String name : changes.stringPropertyNames()) { // With the defaults they may have.
      changed.put(name, changes.getProperty(name));
    }
    Map<String, String> all = DataSourceSettings.all(changed);
    return ConnectionFactory.restore(effectiveUrl(all), written, all.keySet());
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

  /** Returns the properties that this class has beyond those of all, as texts by their names. */
  Map<String, String> own() {
    return Map.of();
  }

  @Serial
  final Object writeReplace() {
    return new Serialized(getClass().getName(), settings(), Map.copyOf(own()));
  }

  @Serial
  private void readObject(ObjectInputStream stream) throws InvalidObjectException {
    throw new InvalidObjectException("The settings are what is serialized");
  }

  /** The serialized form: the settings alone. */
  private record Serialized(String className, DataSourceSettings settings, Map<String, String> own)
      implements Serializable {

    @Serial
    private Object readResolve() throws InvalidObjectException {
      BatonDataSourceProperties dataSource = BatonDataSourceFactory.create(className);
      if (dataSource == null) {
        throw new InvalidObjectException("No data source of Baton: " + className);
      }
      BatonDataSourceFactory.set(dataSource, settings.byName());
      BatonDataSourceFactory.set(dataSource, own);
      return dataSource;
    }
  }
}

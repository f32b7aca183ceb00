package io.baton;

import io.baton.jdbc.options.BatonOption;
import io.baton.jdbc.options.BatonOptions;
import io.baton.jdbc.options.DataSourceSettings;
import java.sql.SQLException;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.naming.Context;
import javax.naming.Name;
import javax.naming.RefAddr;
import javax.naming.Reference;
import javax.naming.spi.ObjectFactory;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/**
 * Creates a data source of Baton from a JNDI reference: one that {@link
 * BatonDataSource#getReference} has returned, or one in the configuration of a container, which
 * names bean properties.
 */
public final class BatonDataSourceFactory implements ObjectFactory {

  /** Creates a factory, for JNDI. */
  public BatonDataSourceFactory() {}

  /** Returns a data source, or null if the object is not a reference to one. */
  @Override
  public @Nullable Object getObjectInstance(
      @Nullable Object object,
      @Nullable Name name,
      @Nullable Context context,
      @Nullable Hashtable<?, ?> environment) {
    BatonDataSourceProperties dataSource =
        object instanceof Reference reference ? create(reference.getClassName()) : null;
    if (dataSource != null && object instanceof Reference reference) {
      set(dataSource, addresses(reference));
    }
    return dataSource;
  }

  /** Creates a data source of a class, or for an interface; null if it is none of Baton's. */
  static @Nullable BatonDataSourceProperties create(String className) {
    return switch (className) {
      case "io.baton.BatonDataSource", "javax.sql.DataSource" -> new BatonDataSource();
      case "io.baton.BatonXADataSource", "javax.sql.XADataSource" -> new BatonXADataSource();
      case "io.baton.BatonConnectionPoolDataSource", "javax.sql.ConnectionPoolDataSource" ->
          new BatonConnectionPoolDataSource();
      default -> null;
    };
  }

  /** Returns the addresses of a reference that are texts, by their type. */
  static Map<String, String> addresses(Reference reference) {
    Map<String, String> addresses = new LinkedHashMap<>();
    for (int i = 0; i < reference.size(); i++) {
      RefAddr address = reference.get(i);
      if (address.getContent() instanceof String text) {
        addresses.put(address.getType(), text);
      }
    }
    return addresses;
  }

  /** Sets the properties of a data source; other names are for the container and are ignored. */
  static void set(BatonDataSourceProperties dataSource, Map<String, String> settings) {
    settings.forEach((name, value) -> set(dataSource, name, value));
  }

  private static void set(BatonDataSourceProperties dataSource, String name, String value) {
    switch (name) {
      case DataSourceSettings.URL -> dataSource.setUrl(value);
      case "serverName", "serverNames" -> dataSource.setServerNames(value.split(",", 0));
      case "portNumber", "portNumbers" ->
          setByName(dataSource, PGProperty.PG_PORT.getName(), value);
      case "databaseName" -> dataSource.setDatabaseName(value);
      case "username" -> dataSource.setUser(value);
      case BatonConnectionPoolDataSource.DEFAULT_AUTO_COMMIT -> {
        if (dataSource instanceof BatonConnectionPoolDataSource pool) {
          pool.setDefaultAutoCommit(Boolean.parseBoolean(value));
        }
      }
      default -> setByName(dataSource, canonical(name), value);
    }
  }

  private static void setByName(BatonDataSourceProperties dataSource, String name, String value) {
    if (!BatonOptions.isBatonName(name) && PGProperty.forName(name) == null) {
      return;
    }
    try {
      dataSource.setProperty(name, value);
    } catch (SQLException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /** Returns the name of the option whose bean property this is, or the name itself. */
  private static String canonical(String name) {
    return BatonOption.all().stream()
        .filter(option -> option.beanName().equals(name))
        .map(BatonOption::name)
        .findFirst()
        .orElse(name);
  }
}

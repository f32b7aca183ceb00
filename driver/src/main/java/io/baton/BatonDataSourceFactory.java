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
    if (object instanceof Reference reference
        && (reference.getClassName().equals(BatonDataSource.class.getName())
            || reference.getClassName().equals("javax.sql.DataSource"))) {
      BatonDataSource dataSource = new BatonDataSource();
      set(dataSource, addresses(reference));
      return dataSource;
    }
    return null;
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

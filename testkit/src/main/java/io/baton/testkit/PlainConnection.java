package io.baton.testkit;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import org.postgresql.Driver;

/** Opens pgjdbc connections without going through {@code DriverManager}. */
final class PlainConnection {
  private static final Driver DRIVER = new Driver();

  private PlainConnection() {}

  static Connection open(
      Address address, String database, String user, String password, Properties more)
      throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("password", password);
    properties.setProperty("sslmode", "disable");
    properties.setProperty("gssEncMode", "disable");
    properties.setProperty("PGDBNAME", database);
    more.stringPropertyNames()
        .forEach(name -> properties.setProperty(name, more.getProperty(name)));
    Connection connection = DRIVER.connect("jdbc:postgresql://" + address + "/", properties);
    if (connection == null) {
      throw new SQLException("pgjdbc does not take the URL of " + address);
    }
    return connection;
  }
}

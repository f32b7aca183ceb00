package io.baton;

import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import javax.sql.DataSource;

/**
 * A web application that is loaded by a class loader of its own, with the driver and all it needs,
 * and ends. It is told URL, user and password, and returns what it read.
 */
public final class UnloadedApplication implements Function<List<String>, String> {

  @Override
  public String apply(List<String> target) {
    try {
      return run(target.get(0), target.get(1), target.get(2));
    } catch (ReflectiveOperationException | SQLException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private static String run(String url, String user, String password)
      throws ReflectiveOperationException, SQLException {
    Class.forName("io.baton.BatonDriver");
    StringBuilder read = new StringBuilder();
    try (Connection connection = DriverManager.getConnection(url, user, password)) {
      read.append(ask(connection));
    }
    BatonDataSource source = new BatonDataSource();
    source.setUrl(url);
    source.setUser(user);
    source.setPassword(password);
    try (BatonDataSource closing = source) {
      read.append(readOnly(closing));
    }
    // As containers do for an application that ends.
    for (Driver driver : Collections.list(DriverManager.getDrivers())) {
      if (driver.getClass().getClassLoader() == UnloadedApplication.class.getClassLoader()) {
        DriverManager.deregisterDriver(driver);
      }
    }
    return read.toString();
  }

  private static String readOnly(DataSource source) throws SQLException {
    try (Connection connection = source.getConnection()) {
      connection.setReadOnly(true);
      return ask(connection);
    }
  }

  private static String ask(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("select 'read '")) {
      row.next();
      return row.getString(1);
    }
  }
}

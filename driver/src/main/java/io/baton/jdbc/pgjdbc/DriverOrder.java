package io.baton.jdbc.pgjdbc;

import java.sql.DriverManager;
import java.sql.SQLException;

/** The order in which {@link DriverManager} asks drivers: that in which they were registered. */
public final class DriverOrder {

  private DriverOrder() {}

  /**
   * Registers a driver, and the PostgreSQL driver anew behind it.
   *
   * @throws SQLException if {@link DriverManager} refuses one of them
   */
  public static void registerBeforePgjdbc(java.sql.Driver driver) throws SQLException {
    boolean registered = org.postgresql.Driver.isRegistered();
    if (registered) {
      org.postgresql.Driver.deregister();
    }
    DriverManager.registerDriver(driver);
    if (registered) {
      org.postgresql.Driver.register();
    }
  }
}

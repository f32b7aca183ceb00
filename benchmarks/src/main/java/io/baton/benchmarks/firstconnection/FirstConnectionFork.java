package io.baton.benchmarks.firstconnection;

import io.baton.benchmarks.harness.ChildJvm;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Properties;

/** A JVM that does nothing but connect, and ask once. */
public final class FirstConnectionFork {

  /** How the line begins that says how long it took, in nanoseconds. */
  static final String TOOK = "took ";

  private FirstConnectionFork() {}

  /**
   * Connects.
   *
   * @param arguments the class of the driver, its URL, the user and the password
   */
  public static void main(String[] arguments) throws Exception {
    ChildJvm.endWithParent();
    Properties properties = new Properties();
    properties.setProperty("user", arguments[2]);
    properties.setProperty("password", arguments[3]);
    long began = System.nanoTime();
    // By its class: the manager of drivers would load those of all contestants.
    Driver driver =
        Class.forName(arguments[0]).asSubclass(Driver.class).getConstructor().newInstance();
    try (Connection connection = driver.connect(arguments[1], properties)) {
      long connected = System.nanoTime();
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery("select 1")) {
        row.next();
      }
      long asked = System.nanoTime();
      System.out.println(TOOK + (connected - began) + " " + (asked - connected));
    }
    System.exit(0);
  }
}

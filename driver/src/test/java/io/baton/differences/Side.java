package io.baton.differences;

import io.baton.testkit.PostgresCluster;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

/** One of the two drivers, with the server that both are compared on. */
record Side(String prefix, PostgresCluster cluster) {

  static Side pgjdbc(PostgresCluster cluster) {
    return new Side("jdbc:postgresql:", cluster);
  }

  static Side baton(PostgresCluster cluster) {
    return new Side("jdbc:baton:postgresql:", cluster);
  }

  boolean isBaton() {
    return prefix.contains("baton");
  }

  String url(String options) {
    return cluster.jdbcUrl(prefix) + (options.isEmpty() ? "" : "?" + options);
  }

  Properties login() {
    Properties properties = new Properties();
    properties.setProperty("user", cluster.user());
    properties.setProperty("password", cluster.password());
    return properties;
  }

  Connection open(String options) throws SQLException {
    return DriverManager.getConnection(url(options), login());
  }

  Connection open() throws SQLException {
    return open("");
  }
}

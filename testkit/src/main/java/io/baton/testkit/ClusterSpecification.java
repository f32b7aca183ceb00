package io.baton.testkit;

import java.util.Map;

/** The specification of a cluster, as its builder collects it. */
record ClusterSpecification(
    PostgresVersion version,
    PostgresEngine engine,
    int standbys,
    boolean synchronous,
    boolean durable,
    boolean addressPerNode,
    String database,
    String user,
    Map<String, String> settings) {

  static ClusterSpecification standard() {
    return new ClusterSpecification(
        PostgresVersion.preferred(),
        PostgresEngine.preferred(),
        0,
        false,
        false,
        false,
        "app",
        "app",
        Map.of());
  }

  ClusterSpecification {
    if (standbys < 0) {
      throw new IllegalArgumentException("standbys: " + standbys);
    }
    if (database.isBlank() || user.isBlank()) {
      throw new IllegalArgumentException("database and user need a name");
    }
    settings = Map.copyOf(settings);
  }

  /** Checks what only the whole can tell. */
  void validate() {
    if (synchronous && standbys == 0) {
      throw new IllegalArgumentException(
          "A synchronous cluster needs a standby, or every commit would wait for ever");
    }
  }

  ClusterSpecification withVersion(PostgresVersion newVersion) {
    return new ClusterSpecification(
        newVersion,
        engine,
        standbys,
        synchronous,
        durable,
        addressPerNode,
        database,
        user,
        settings);
  }

  ClusterSpecification withEngine(PostgresEngine newEngine) {
    return new ClusterSpecification(
        version,
        newEngine,
        standbys,
        synchronous,
        durable,
        addressPerNode,
        database,
        user,
        settings);
  }

  ClusterSpecification withStandbys(int newStandbys) {
    return new ClusterSpecification(
        version,
        engine,
        newStandbys,
        synchronous,
        durable,
        addressPerNode,
        database,
        user,
        settings);
  }

  ClusterSpecification withSynchronous(boolean newSynchronous) {
    return new ClusterSpecification(
        version,
        engine,
        standbys,
        newSynchronous,
        durable,
        addressPerNode,
        database,
        user,
        settings);
  }

  ClusterSpecification withDurable(boolean newDurable) {
    return new ClusterSpecification(
        version,
        engine,
        standbys,
        synchronous,
        newDurable,
        addressPerNode,
        database,
        user,
        settings);
  }

  ClusterSpecification withAddressPerNode(boolean newAddressPerNode) {
    return new ClusterSpecification(
        version,
        engine,
        standbys,
        synchronous,
        durable,
        newAddressPerNode,
        database,
        user,
        settings);
  }

  ClusterSpecification withDatabase(String newDatabase) {
    return new ClusterSpecification(
        version,
        engine,
        standbys,
        synchronous,
        durable,
        addressPerNode,
        newDatabase,
        user,
        settings);
  }

  ClusterSpecification withUser(String newUser) {
    return new ClusterSpecification(
        version,
        engine,
        standbys,
        synchronous,
        durable,
        addressPerNode,
        database,
        newUser,
        settings);
  }

  ClusterSpecification withSettings(Map<String, String> newSettings) {
    return new ClusterSpecification(
        version,
        engine,
        standbys,
        synchronous,
        durable,
        addressPerNode,
        database,
        user,
        newSettings);
  }
}

package io.baton.testkit;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The content of the configuration files of a cluster's servers. It is the same on all but for the
 * name, the address and whom a server follows.
 */
record ServerConfiguration(ClusterSpecification specification, Credentials credentials) {
  /** Included by {@code postgresql.conf}, and overruled by what ALTER SYSTEM writes. */
  static final String FILE = "baton.conf";

  /**
   * Not the 16 that are usual: every promotion and every base backup begins a segment, which is
   * then written in full.
   */
  static final int WAL_SEGMENT_MEBIBYTES = 1;

  /** Statements for the new cluster's one database before it first serves. */
  List<String> initialStatements() {
    return List.of(
        createRole(Credentials.REPLICATION_USER, "REPLICATION", credentials.replicationPassword()),
        createRole(specification.user(), "", credentials.userPassword()),
        createDatabase());
  }

  String createDatabase() {
    return "CREATE DATABASE "
        + identifier(specification.database())
        + " OWNER "
        + identifier(specification.user());
  }

  private static String createRole(String name, String attributes, String password) {
    return "CREATE ROLE "
        + identifier(name)
        + " LOGIN "
        + attributes
        + " PASSWORD "
        + literal(password);
  }

  /**
   * Where no other process can listen, the password is sent as it is: SCRAM would cost a client
   * some 10 ms of work for each connection, and tests open thousands.
   */
  String hostBasedAuthentication(String clientNetwork) {
    String method = clientNetwork.startsWith("127.") ? "password" : "scram-sha-256";
    return """
        host all         all      %1$s %3$s
        host replication %2$s %1$s %3$s
        """
        .formatted(clientNetwork, Credentials.REPLICATION_USER, method);
  }

  /** The settings of a server that follows no other. */
  String primary(String name, String listenAddress, int port) {
    return lines(settings(name, listenAddress, port));
  }

  /** The settings of a server that, as long as it is a standby, follows another. */
  String following(String name, String listenAddress, int port, Address primary) {
    Map<String, String> settings = settings(name, listenAddress, port);
    settings.put(
        "primary_conninfo",
        "host=%s port=%d user=%s password=%s application_name=%s connect_timeout=5"
            .formatted(
                primary.host(),
                primary.port(),
                Credentials.REPLICATION_USER,
                credentials.replicationPassword(),
                name));
    return lines(settings);
  }

  private Map<String, String> settings(String name, String listenAddress, int port) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("cluster_name", name);
    settings.put("listen_addresses", listenAddress);
    settings.put("port", Integer.toString(port));
    settings.put("unix_socket_directories", "");
    settings.put("wal_level", "replica");
    settings.put("hot_standby", "on");
    settings.put("max_wal_senders", "20");
    settings.put("wal_keep_size", "512MB");
    // The default with segments of the usual size.
    settings.put("max_wal_size", "1GB");
    // A standby that has lost its primary tries again at once, not after five seconds.
    settings.put("wal_retrieve_retry_interval", "50ms");
    settings.put("recovery_target_timeline", "latest");
    settings.put("shared_buffers", "32MB");
    // In the data folder, where it is removed with the rest, and not in /dev/shm.
    settings.put("dynamic_shared_memory_type", "mmap");
    settings.put("log_line_prefix", "%m [%p] %q%u@%d %a ");
    settings.put("timezone", "UTC");
    settings.put("log_timezone", "UTC");
    if (!specification.durable()) {
      settings.put("fsync", "off");
    }
    if (specification.synchronous()) {
      // Configuration, not data: on every node, or a promoted one would not be synchronous.
      settings.put("synchronous_standby_names", "ANY 1 (*)");
    }
    settings.putAll(specification.settings());
    return settings;
  }

  private static String lines(Map<String, String> settings) {
    return settings.entrySet().stream()
        .map(setting -> setting.getKey() + " = " + literal(setting.getValue()) + "\n")
        .collect(Collectors.joining());
  }

  static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  static String identifier(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}

package io.baton.jdbc.pgjdbc;

import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.postgresql.PGProperty;
import org.postgresql.jdbc.PreferQueryMode;

/** The properties of monitors, as they follow from those of the application. */
public final class MonitoringProperties {

  private static final String MONITOR_NAME = "Baton monitor";

  /** The oldest version that is supported. */
  private static final String OLDEST_SERVER = "14";

  /**
   * Those that make no difference to a monitor: the password, which may be another one for each
   * connection where tokens stand for passwords, and what concerns the session or the driver. One
   * that is not known here makes a difference: it may be one by which an authentication plugin or a
   * socket factory is told what to do.
   */
  private static final Set<String> WITHOUT_A_DIFFERENCE =
      Set.of(
          "adaptiveFetch",
          "adaptiveFetchMaximum",
          "adaptiveFetchMinimum",
          "allowEncodingChanges",
          "ApplicationName",
          "assumeMinServerVersion",
          "autosave",
          "binaryTransfer",
          "binaryTransferDisable",
          "binaryTransferEnable",
          "cancelSignalTimeout",
          "cleanupSavepoints",
          "connectTimeout",
          "convertBooleanToNumeric",
          "currentSchema",
          "databaseMetadataCacheFields",
          "databaseMetadataCacheFieldsMiB",
          "defaultRowFetchSize",
          "disableColumnSanitiser",
          "escapeSyntaxCallMode",
          "flushCacheOnDdl",
          "groupStartupParameters",
          "hideUnprivilegedObjects",
          "loggerFile",
          "loggerLevel",
          "loginTimeout",
          "logServerErrorDetail",
          "logUnclosedConnections",
          "maxResultBuffer",
          "maxSendBufferSize",
          "password",
          "preferQueryMode",
          "preparedStatementCacheQueries",
          "preparedStatementCacheSizeMiB",
          "prepareThreshold",
          "queryTimeout",
          "quoteReturningIdentifiers",
          "readOnly",
          "readOnlyMode",
          "receiveBufferSize",
          "reWriteBatchedInserts",
          "reWriteBatchedInsertsSize",
          "sendBufferSize",
          "socketTimeout",
          "stringtype",
          "tcpKeepAlive",
          "tcpNoDelay",
          "unknownLength",
          "xmlFactoryFactory");

  /** What a monitor keeps of these: how it logs in, and how its sockets are. */
  private static final Set<String> KEPT =
      Set.of(
          "connectTimeout",
          "groupStartupParameters",
          "loggerFile",
          "loggerLevel",
          "loginTimeout",
          "password",
          "receiveBufferSize",
          "sendBufferSize",
          "socketTimeout",
          "tcpKeepAlive",
          "tcpNoDelay");

  private MonitoringProperties() {}

  /** What tells one way to connect a monitor from another. */
  public static Map<String, String> identity(Properties properties) {
    Map<String, String> identity = new HashMap<>();
    for (String name : properties.stringPropertyNames()) {
      if (!WITHOUT_A_DIFFERENCE.contains(name)) {
        identity.put(name, properties.getProperty(name));
      }
    }
    return identity;
  }

  /**
   * The properties that a monitor connects with.
   *
   * <p>What the driver sets by SQL once it is connected would be left with a pooler's connection to
   * the server. So the name goes with the start of the connection, and being read-only is the
   * application's affair; and so are the schema and replication. What concerns the session only is
   * left out, so that a mistake there is the session's to tell. In the mode of simple queries a
   * text is sent as it is, and no prepared statement is left behind.
   */
  static Properties of(Properties properties) {
    Properties monitoring = new Properties();
    monitoring.putAll(properties);
    monitoring
        .keySet()
        .removeIf(name -> WITHOUT_A_DIFFERENCE.contains(name) && !KEPT.contains(name));
    PGProperty.APPLICATION_NAME.set(monitoring, MONITOR_NAME);
    PGProperty.ASSUME_MIN_SERVER_VERSION.set(monitoring, OLDEST_SERVER);
    PGProperty.PREFER_QUERY_MODE.set(monitoring, PreferQueryMode.SIMPLE.value());
    monitoring.remove("replication");
    return monitoring;
  }
}

package io.baton.engine;

import io.baton.jdbc.pgjdbc.ConnectionDefaults;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What of a session only its client knows, as it is written down: by the name of the property that
 * sets the same for a new connection, if there is one.
 *
 * @param values by name
 */
record WrittenClient(Map<String, String> values) {

  private static final String AUTO_COMMIT = "autoCommit";
  private static final String READ_ONLY = "readOnly";
  private static final String HOLDABILITY = "holdability";
  private static final String NETWORK_TIMEOUT = "networkTimeout";
  private static final String REPLAY = "replay";
  private static final String PREPARE_THRESHOLD = "prepareThreshold";
  private static final String FETCH_SIZE = "defaultRowFetchSize";
  private static final String AUTOSAVE = "autosave";
  private static final String ADAPTIVE_FETCH = "adaptiveFetch";

  private static final Set<String> NAMES =
      Set.of(
          AUTO_COMMIT,
          READ_ONLY,
          HOLDABILITY,
          NETWORK_TIMEOUT,
          REPLAY,
          PREPARE_THRESHOLD,
          FETCH_SIZE,
          AUTOSAVE,
          ADAPTIVE_FETCH);

  /** Properties whose name is another one than that of what they set. */
  private static final Map<String, String> PROPERTIES = Map.of("socketTimeout", NETWORK_TIMEOUT);

  /**
   * Returns what is to be written down.
   *
   * @param replays whether the application has left the replay of transactions on
   */
  static WrittenClient of(ClientSettings client, ConnectionDefaults defaults, boolean replays) {
    Map<String, String> values = new LinkedHashMap<>();
    values.put(AUTO_COMMIT, Boolean.toString(client.setAutoCommit()));
    values.put(READ_ONLY, Boolean.toString(client.readOnly()));
    put(values, HOLDABILITY, client.holdability());
    put(values, NETWORK_TIMEOUT, client.networkTimeoutMillis());
    values.put(REPLAY, Boolean.toString(replays));
    values.put(PREPARE_THRESHOLD, Integer.toString(defaults.prepareThreshold()));
    values.put(FETCH_SIZE, Integer.toString(defaults.fetchSize()));
    values.put(AUTOSAVE, defaults.autosave());
    values.put(ADAPTIVE_FETCH, Boolean.toString(defaults.adaptiveFetch()));
    return new WrittenClient(values);
  }

  private static void put(Map<String, String> values, String name, @Nullable Integer value) {
    if (value != null) {
      values.put(name, value.toString());
    }
  }

  /** Returns it without what these properties of a new connection have set. */
  WrittenClient without(Set<String> properties) {
    Map<String, String> left = new LinkedHashMap<>(values);
    for (String property : properties) {
      left.remove(PROPERTIES.getOrDefault(property, property));
    }
    return new WrittenClient(left);
  }

  /** Whether the replay of transactions is to stay on. */
  boolean replays() {
    return !"false".equals(values.get(REPLAY));
  }

  /**
   * Gives it to a session: the client's settings, which are applied with the session, and the
   * driver's defaults on its connection.
   *
   * @throws SQLException 22023 if it is not what this class has written
   */
  void giveTo(ClientSettings client, PhysicalConnection physical) throws SQLException {
    for (String name : values.keySet()) {
      if (!NAMES.contains(name)) {
        throw new SQLException(
            "The snapshot sets \"" + name + "\" of its client, which this release does not know",
            "22023");
      }
    }
    client.autoCommit(flag(AUTO_COMMIT, client.setAutoCommit()));
    client.readOnly(flag(READ_ONLY, client.readOnly()));
    if (values.containsKey(HOLDABILITY)) {
      client.holdability(number(HOLDABILITY, 0));
    }
    if (values.containsKey(NETWORK_TIMEOUT)) {
      client.networkTimeoutMillis(number(NETWORK_TIMEOUT, 0));
    }
    ConnectionDefaults own = physical.defaults();
    physical.take(
        new ConnectionDefaults(
            number(PREPARE_THRESHOLD, own.prepareThreshold()),
            number(FETCH_SIZE, own.fetchSize()),
            values.getOrDefault(AUTOSAVE, own.autosave()),
            flag(ADAPTIVE_FETCH, own.adaptiveFetch())));
  }

  private boolean flag(String name, boolean other) throws SQLException {
    String value = values.get(name);
    if (value == null) {
      return other;
    }
    if (!value.equals("true") && !value.equals("false")) {
      throw malformed(name, value, null);
    }
    return value.equals("true");
  }

  private int number(String name, int other) throws SQLException {
    String value = values.get(name);
    try {
      return value == null ? other : Integer.parseInt(value);
    } catch (NumberFormatException none) {
      throw malformed(name, String.valueOf(value), none);
    }
  }

  private static SQLException malformed(String name, String value, @Nullable Exception cause) {
    return new SQLException(
        "The snapshot sets " + name + " of its client to \"" + value + "\"", "22023", cause);
  }
}

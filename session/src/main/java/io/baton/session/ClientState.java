package io.baton.session;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the application set on its connection through JDBC and the client keeps, so that a new
 * connection must be given it by the same setters. Immutable.
 *
 * <p>What JDBC's setters turn into SQL (isolation, schema, read-only where the driver sends it) is
 * followed as SQL, and not here.
 *
 * @param autoCommit as set by {@code setAutoCommit}
 * @param readOnly as set by {@code setReadOnly}
 * @param holdability as set by {@code setHoldability}, or null where the driver's own holds
 * @param networkTimeout the network timeout in milliseconds, or null where none was set
 * @param typeMap as set by {@code setTypeMap}
 * @param clientInfo as set by {@code setClientInfo}
 * @param defaultFetchSize as set through the driver's own interface, or null
 * @param prepareThreshold as set through the driver's own interface, or null
 */
public record ClientState(
    boolean autoCommit,
    boolean readOnly,
    @Nullable Integer holdability,
    @Nullable Integer networkTimeout,
    Map<String, Class<?>> typeMap,
    Map<String, String> clientInfo,
    @Nullable Integer defaultFetchSize,
    @Nullable Integer prepareThreshold) {
  /** What a new connection has. */
  public static final ClientState FRESH =
      new ClientState(true, false, null, null, Map.of(), Map.of(), null, null);

  public ClientState {
    typeMap = Map.copyOf(typeMap);
    clientInfo = Map.copyOf(clientInfo);
  }

  /** This state with another autoCommit. */
  public ClientState withAutoCommit(boolean value) {
    return new ClientState(
        value,
        readOnly,
        holdability,
        networkTimeout,
        typeMap,
        clientInfo,
        defaultFetchSize,
        prepareThreshold);
  }

  /** This state with another readOnly. */
  public ClientState withReadOnly(boolean value) {
    return new ClientState(
        autoCommit,
        value,
        holdability,
        networkTimeout,
        typeMap,
        clientInfo,
        defaultFetchSize,
        prepareThreshold);
  }

  /** This state with another holdability. */
  public ClientState withHoldability(@Nullable Integer value) {
    return new ClientState(
        autoCommit,
        readOnly,
        value,
        networkTimeout,
        typeMap,
        clientInfo,
        defaultFetchSize,
        prepareThreshold);
  }

  /** This state with another network timeout. */
  public ClientState withNetworkTimeout(@Nullable Integer value) {
    return new ClientState(
        autoCommit,
        readOnly,
        holdability,
        value,
        typeMap,
        clientInfo,
        defaultFetchSize,
        prepareThreshold);
  }

  /** This state with another type map. */
  public ClientState withTypeMap(Map<String, Class<?>> value) {
    return new ClientState(
        autoCommit,
        readOnly,
        holdability,
        networkTimeout,
        value,
        clientInfo,
        defaultFetchSize,
        prepareThreshold);
  }

  /** This state with other client info. */
  public ClientState withClientInfo(Map<String, String> value) {
    return new ClientState(
        autoCommit,
        readOnly,
        holdability,
        networkTimeout,
        typeMap,
        value,
        defaultFetchSize,
        prepareThreshold);
  }

  /** This state with another default fetch size. */
  public ClientState withDefaultFetchSize(@Nullable Integer value) {
    return new ClientState(
        autoCommit,
        readOnly,
        holdability,
        networkTimeout,
        typeMap,
        clientInfo,
        value,
        prepareThreshold);
  }

  /** This state with another prepare threshold. */
  public ClientState withPrepareThreshold(@Nullable Integer value) {
    return new ClientState(
        autoCommit,
        readOnly,
        holdability,
        networkTimeout,
        typeMap,
        clientInfo,
        defaultFetchSize,
        value);
  }
}

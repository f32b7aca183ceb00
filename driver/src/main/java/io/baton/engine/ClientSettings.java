package io.baton.engine;

import io.baton.jdbc.pgjdbc.PhysicalConnection;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PGobject;

/**
 * What the application set on its connection and only the client knows of: everything that JDBC's
 * setters do not turn into SQL. Kept here, since a new physical connection must be given all of it.
 *
 * <p>Guarded by the calls of its session; what the application set, any thread may read.
 */
public final class ClientSettings {

  private volatile boolean autoCommit = true;
  private volatile boolean readOnly;

  /** Whether a call outside of a transaction is made in one of its own. */
  private boolean protects;

  private @Nullable Integer holdability;
  private @Nullable Integer networkTimeoutMillis;
  private @Nullable Map<String, Class<?>> typeMap;
  private final Map<String, Class<? extends PGobject>> dataTypes = new LinkedHashMap<>(0);
  private int version;

  ClientSettings(boolean readOnly) {
    this.readOnly = readOnly;
  }

  /** Grows with every change; equal versions mean equal settings. */
  public int version() {
    return version;
  }

  /** Whether a call is not part of a transaction, as the connection has to be for it. */
  public boolean autoCommit() {
    return autoCommit && !protects;
  }

  /** Whether the application's calls are not part of transactions, as the application has it. */
  public boolean setAutoCommit() {
    return autoCommit;
  }

  /** Makes each call from now on part of a transaction that the application does not see. */
  void protects(boolean value) {
    if (protects != value) {
      protects = value;
      version++;
    }
  }

  public boolean readOnly() {
    return readOnly;
  }

  public void autoCommit(boolean value) {
    if (autoCommit != value) {
      autoCommit = value;
      version++;
    }
  }

  public void readOnly(boolean value) {
    if (readOnly != value) {
      readOnly = value;
      version++;
    }
  }

  public void holdability(int value) {
    holdability = value;
    version++;
  }

  public void networkTimeoutMillis(int value) {
    networkTimeoutMillis = value;
    version++;
  }

  public void typeMap(Map<String, Class<?>> value) {
    typeMap = value;
    version++;
  }

  public void dataType(String name, Class<? extends PGobject> type) {
    dataTypes.put(name, type);
    version++;
  }

  /** The types that classes of the application are registered for, for people; empty if none. */
  String classes() {
    Set<String> types = new TreeSet<>(dataTypes.keySet());
    if (typeMap != null) {
      types.addAll(typeMap.keySet());
    }
    return String.join(", ", types);
  }

  /** What becomes of results at commit; null if not set. */
  @Nullable Integer holdability() {
    return holdability;
  }

  /** How long a read from the server may take, in milliseconds; 0 for ever, null if not set. */
  @Nullable Integer networkTimeoutMillis() {
    return networkTimeoutMillis;
  }

  /** Sets all of it on a physical connection that is in no transaction. */
  void applyTo(PhysicalConnection physical) throws SQLException {
    Connection target = physical.connection();
    if (networkTimeoutMillis != null) {
      target.setNetworkTimeout(Runnable::run, networkTimeoutMillis);
    }
    target.setAutoCommit(autoCommit());
    target.setReadOnly(readOnly);
    if (holdability != null) {
      target.setHoldability(holdability);
    }
    if (typeMap != null) {
      target.setTypeMap(typeMap);
    }
    for (Map.Entry<String, Class<? extends PGobject>> type : dataTypes.entrySet()) {
      physical.addDataType(type.getKey(), type.getValue());
    }
  }
}

package io.baton.jdbc;

import io.baton.BatonConnection;
import io.baton.ProtectionReport;
import io.baton.engine.Execution;
import io.baton.engine.ProtectionReports;
import io.baton.engine.Session;
import io.baton.jdbc.pgjdbc.Copies;
import io.baton.jdbc.pgjdbc.LargeObjects;
import io.baton.jdbc.pgjdbc.PgErrors;
import io.baton.jdbc.pgjdbc.PgSyntax;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.journal.ReplayBlocker;
import java.lang.ref.WeakReference;
import java.sql.ClientInfoStatus;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLClientInfoException;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Savepoint;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.copy.CopyManager;
import org.postgresql.fastpath.Fastpath;
import org.postgresql.largeobject.LargeObjectManager;
import org.postgresql.replication.PGReplicationConnection;
import org.postgresql.util.PGobject;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection of the application: one {@link Session}, on the server that suits it now.
 *
 * <p>A JDBC method that has an equivalent in SQL is reported to the session as that SQL, so that
 * both ways have the same effect on its tracked state.
 */
final class RoutedConnection extends StatementMakingConnection implements BatonConnection {

  private static final Logger LOG = LoggerFactory.getLogger(RoutedConnection.class);

  private static final String APPLICATION_NAME = "ApplicationName";

  /** How the driver finds out which functions there are for large objects. */
  private static final String LARGE_OBJECT_FUNCTIONS = "SELECT FROM pg_catalog.pg_proc";

  private static final String UNNAMED_SAVEPOINT = "jdbc_savepoint_";

  private final Session session;
  private final Notifications notifications;
  private final AbandonedConnections.Watch watch;
  private int savepoints;

  /** Null until the application has asked for it. */
  private @Nullable LargeObjectManager largeObjects;

  /** Null until the application has asked for it. */
  private @Nullable Copies copies;

  /** Whether a rollback may follow for a transaction that {@link #setAutoCommit} has ended. */
  private boolean rollbackIsDue;

  private @Nullable String catalog;

  /** The database of which the server gave it; another one after a cut over to a successor's. */
  private @Nullable String catalogOf;

  /** Empty until it is asked for. */
  private final AtomicReference<@Nullable RoutedDatabaseMetaData> metaData =
      new AtomicReference<>();

  /** Null until a pool announces a request. */
  private @Nullable Requests requests;

  /**
   * The offline connection that answered last while the connection was lost; null if there was
   * none.
   */
  private @Nullable Connection withoutServer;

  RoutedConnection(Session session) {
    super(session.physical().connection());
    this.session = session;
    this.notifications = new Notifications(session, super::getNotifications);
    WeakReference<RoutedConnection> weak = new WeakReference<>(this);
    session.follow(physical -> follow(weak, physical));
    this.watch = AbandonedConnections.watch(this, session);
  }

  private static void follow(WeakReference<RoutedConnection> weak, PhysicalConnection physical) {
    RoutedConnection connection = weak.get();
    if (connection != null) {
      connection.delegate = physical.connection();
    }
  }

  @Override
  Session session() {
    return session;
  }

  @Override
  RoutedConnection routed() {
    return this;
  }

  /**
   * Lets an offline connection answer, while the connection is lost, what the driver answers from
   * memory. The session is recovered only if the call needs a server.
   */
  @Override
  void recover(SQLException failure, boolean wrote) throws SQLException {
    // Its last call may have needed a server, and have ended it: then another one answers this
    // call.
    boolean needsServer = delegate == withoutServer && !"08003".equals(failure.getSQLState());
    if (!wrote && !session.isClosed() && !needsServer) {
      Connection local = session.local().connection();
      if (local != delegate) {
        withoutServer = local;
        delegate = local;
        return;
      }
    }
    super.recover(failure, wrote);
  }

  /** Names Baton, the session and its server: pools log their connections by this. */
  @Override
  public String toString() {
    return "Baton session "
        + session.number()
        + (session.isClosed()
            ? ", closed"
            : " at " + session.endpoint() + "/" + session.database());
  }

  @Override
  public String currentEndpoint() {
    return session.endpoint();
  }

  @Override
  public ProtectionReport protection() {
    return ProtectionReports.of(List.of(session.protection()));
  }

  @Override
  public String explainRoute(String sql) throws SQLException {
    checkOpen();
    return session.explainRoute(sql);
  }

  @Override
  public String consistencyToken() throws SQLException {
    checkOpen();
    return session.consistencyToken();
  }

  @Override
  public void requireConsistency(String token) throws SQLException {
    checkOpen();
    session.requireConsistency(token);
  }

  @Override
  public String snapshot() throws SQLException {
    checkOpen();
    return session.write();
  }

  private <R> R call(String sql, Execution<? super Connection, R> execution) throws SQLException {
    return session.call(analyze(sql), execution);
  }

  /** Throws the driver's error for a closed connection, if this one is closed. */
  private void checkOpen() throws SQLException {
    if (session.isClosed()) {
      delegate.getAutoCommit();
    }
  }

  // ---------------------------------------------------------------------------- requests

  @Override
  public void beginRequest() {
    Requests present = requests;
    if (present == null) {
      present = new Requests(this, session);
      requests = present;
    }
    present.begin();
  }

  @Override
  public void endRequest() throws SQLException {
    if (requests != null) {
      requests.end();
    }
  }

  // ---------------------------------------------------------------------------- transactions

  @Override
  public boolean getAutoCommit() throws SQLException {
    checkOpen();
    return session.client().setAutoCommit();
  }

  @Override
  public void setAutoCommit(boolean autoCommit) throws SQLException {
    checkOpen();
    rollbackIsDue = false;
    if (autoCommit && session.hasLostCommit()) {
      endLostTransaction();
    }
    if (autoCommit == session.client().setAutoCommit()) {
      return; // JDBC: a call that changes nothing has no effect, whatever a text has begun.
    }
    session.asOne(
        () -> {
          if (autoCommit && !session.isIdle()) {
            // JDBC, Connection.setAutoCommit: the transaction is committed.
            commit();
          }
          session.change(client -> client.autoCommit(autoCommit));
        });
  }

  /**
   * Says once more that the COMMIT did not take place, and leaves the transaction all the same:
   * pools reset a connection by this call, and some hand it on whatever becomes of it. Others roll
   * back then, which is no mistake.
   */
  private void endLostTransaction() throws SQLException {
    session.rollback();
    session.change(client -> client.autoCommit(true));
    rollbackIsDue = true;
    throw PgErrors.inFailedTransaction();
  }

  @Override
  public void commit() throws SQLException {
    session.commit();
  }

  @Override
  public void rollback() throws SQLException {
    if (rollbackIsDue) {
      rollbackIsDue = false;
      checkOpen();
      return;
    }
    session.rollback();
  }

  @Override
  public Savepoint setSavepoint() throws SQLException {
    // Numbered here, since a new physical connection starts counting again.
    int id = savepoints++;
    return new RoutedSavepoint(this, savepoint(UNNAMED_SAVEPOINT + id), id);
  }

  @Override
  public Savepoint setSavepoint(String name) throws SQLException {
    return new RoutedSavepoint(this, savepoint(name), RoutedSavepoint.NAMED);
  }

  private Savepoint savepoint(String name) throws SQLException {
    return call("SAVEPOINT " + PgSyntax.identifier(name), physical -> physical.setSavepoint(name));
  }

  @Override
  public void releaseSavepoint(Savepoint savepoint) throws SQLException {
    checkOpen();
    Savepoint released = Objects.requireNonNull(unwrapped(savepoint));
    Savepoint name = PgSyntax.sameAs(released);
    call(
        "RELEASE SAVEPOINT " + PgSyntax.name(name),
        physical -> {
          physical.releaseSavepoint(PgSyntax.sameAs(name));
          return true;
        });
    PgSyntax.forget(released);
  }

  @Override
  public void rollback(Savepoint savepoint) throws SQLException {
    checkOpen();
    Savepoint name = PgSyntax.sameAs(Objects.requireNonNull(unwrapped(savepoint)));
    call(
        "ROLLBACK TO SAVEPOINT " + PgSyntax.name(name),
        physical -> {
          physical.rollback(name);
          return true;
        });
  }

  // --------------------------------------------------------------- settings kept by the client

  /**
   * A connection to a server is to one database for as long as it lives: so the server is asked
   * once, and not at all while it is gone.
   */
  @Override
  public String getCatalog() throws SQLException {
    checkOpen();
    String database = session.database();
    if (!database.equals(catalogOf) && !session.physical().isSevered()) {
      String answer = session.isIdle() ? catalogAside() : catalogInTransaction();
      if (answer != null) {
        catalog = answer;
        catalogOf = database;
      }
    }
    return catalog != null && database.equals(catalogOf) ? catalog : database;
  }

  /**
   * No transaction begins by it: the driver would begin one of which the session knew nothing.
   *
   * @return null if the connection is gone; the next statement finds out what is the matter
   */
  private @Nullable String catalogAside() {
    try {
      return session.aside(Connection::getCatalog);
    } catch (SQLException lost) {
      return null;
    }
  }

  /** Returns null if the transaction has failed. */
  private @Nullable String catalogInTransaction() throws SQLException {
    try {
      return call("SELECT pg_catalog.current_database()", Connection::getCatalog);
    } catch (SQLException refused) {
      if (PgErrors.isOfFailedTransaction(refused)) {
        return null;
      }
      throw refused;
    }
  }

  @Override
  public boolean isReadOnly() throws SQLException {
    checkOpen();
    return session.client().readOnly();
  }

  @Override
  public void setReadOnly(boolean readOnly) throws SQLException {
    checkOpen();
    session.asOne(
        () -> {
          if (session.isIdle()) {
            session.change(client -> client.readOnly(readOnly));
          } else {
            super.setReadOnly(readOnly); // The driver throws its own error.
          }
        });
  }

  @Override
  public void setHoldability(int holdability) throws SQLException {
    super.setHoldability(holdability);
    session.changeSoon(client -> client.holdability(holdability));
  }

  @Override
  public void setNetworkTimeout(Executor executor, int milliseconds) throws SQLException {
    super.setNetworkTimeout(executor, milliseconds);
    session.changeSoon(client -> client.networkTimeoutMillis(milliseconds));
  }

  @Override
  public void setTypeMap(Map<String, Class<?>> map) throws SQLException {
    super.setTypeMap(map);
    session.changeSoon(client -> client.typeMap(map));
  }

  @Override
  public void addDataType(String type, Class<? extends PGobject> type2) throws SQLException {
    super.addDataType(type, type2);
    session.change(client -> client.dataType(type, type2));
  }

  /** The same for as long as the connection lives, as with the driver. */
  @Override
  public DatabaseMetaData getMetaData() throws SQLException {
    RoutedDatabaseMetaData known = metaData.get();
    if (known == null) {
      metaData.compareAndSet(null, new RoutedDatabaseMetaData(this, physicalMetaData()));
      return Objects.requireNonNull(metaData.get());
    }
    checkOpen();
    known.follow();
    return known;
  }

  private DatabaseMetaData physicalMetaData() throws SQLException {
    checkOpen();
    return session.local().connection().getMetaData();
  }

  @Override
  public int getPrepareThreshold() {
    return session.physical().prepareThreshold();
  }

  @Override
  public void setPrepareThreshold(int threshold) {
    session.setPrepareThreshold(threshold);
  }

  // ------------------------------------------------------------------- settings of the session

  @Override
  public int getTransactionIsolation() throws SQLException {
    return call("SHOW TRANSACTION ISOLATION LEVEL", Connection::getTransactionIsolation);
  }

  @Override
  public void setTransactionIsolation(int level) throws SQLException {
    String name =
        switch (level) {
          case TRANSACTION_READ_UNCOMMITTED -> "READ UNCOMMITTED";
          case TRANSACTION_READ_COMMITTED -> "READ COMMITTED";
          case TRANSACTION_REPEATABLE_READ -> "REPEATABLE READ";
          case TRANSACTION_SERIALIZABLE -> "SERIALIZABLE";
          default -> null; // The driver throws its own error before it sends anything.
        };
    call(
        name == null ? "" : "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL " + name,
        physical -> {
          physical.setTransactionIsolation(level);
          return true;
        });
  }

  @Override
  public String getSchema() throws SQLException {
    return call("SELECT pg_catalog.current_schema()", Connection::getSchema);
  }

  @Override
  public void setSchema(@Nullable String schema) throws SQLException {
    String sql =
        schema == null
            ? "SET SESSION search_path TO DEFAULT"
            : "SET SESSION search_path TO " + PgSyntax.literal(schema);
    call(
        sql,
        physical -> {
          physical.setSchema(schema);
          return true;
        });
  }

  @Override
  public void setClientInfo(String name, @Nullable String value) throws SQLClientInfoException {
    if (session.isClosed()) {
      delegate.setClientInfo(name, value); // The driver throws its own error.
      return;
    }
    try {
      call(
          APPLICATION_NAME.equals(name) ? "SET application_name = " + PgSyntax.literal(value) : "",
          physical -> {
            physical.setClientInfo(name, value);
            return true;
          });
    } catch (SQLException failure) {
      throw clientInfo(failure, name);
    }
  }

  @Override
  public void setClientInfo(Properties properties) throws SQLClientInfoException {
    if (session.isClosed()) {
      delegate.setClientInfo(properties);
      return;
    }
    try {
      String name = properties.getProperty(APPLICATION_NAME);
      call(
          "SET application_name = " + PgSyntax.literal(name),
          physical -> {
            physical.setClientInfo(properties);
            return true;
          });
    } catch (SQLException failure) {
      throw clientInfo(failure, APPLICATION_NAME);
    }
  }

  private static SQLClientInfoException clientInfo(SQLException failure, String name) {
    return failure instanceof SQLClientInfoException raised
        ? raised
        : new SQLClientInfoException(
            failure.getMessage(),
            failure.getSQLState(),
            Map.of(name, ClientInfoStatus.REASON_UNKNOWN),
            failure);
  }

  // ------------------------------------------------------------------------------ end of life

  @Override
  public boolean isValid(int timeout) throws SQLException {
    if (timeout < 0) {
      return delegate.isValid(timeout); // The driver throws its own error.
    }
    return session.isValid(Duration.ofSeconds(timeout));
  }

  @Override
  public boolean isClosed() throws SQLException {
    return session.isClosed();
  }

  @Override
  public void close() throws SQLException {
    watch.end();
    session.close();
  }

  @Override
  public void abort(Executor executor) throws SQLException {
    if (!session.isClosed()) {
      delegate.abort(executor); // The driver checks the arguments and the permission.
      watch.end();
      session.abort();
    }
  }

  @Override
  public @Nullable SQLWarning getWarnings() throws SQLException {
    SQLWarning warnings = super.getWarnings();
    if (warnings != null) {
      session.block(ReplayBlocker.WARNINGS);
    }
    return warnings;
  }

  // ----------------------------------------------------- replay and interfaces of the driver

  @Override
  public void disableReplay() throws SQLException {
    checkOpen();
    session.switchReplay(false);
  }

  @Override
  public void enableReplay() throws SQLException {
    checkOpen();
    session.switchReplay(true);
  }

  @Override
  public PGNotification[] getNotifications() throws SQLException {
    return notifications.next();
  }

  @Override
  public PGNotification[] getNotifications(int timeoutMillis) throws SQLException {
    return notifications.next(timeoutMillis);
  }

  @Override
  public CopyManager getCopyAPI() throws SQLException {
    session.handedOut().goToWriterThatAnswers();
    session.handedOut().exposeInSight();
    if (session.isClosed()) {
      return super.getCopyAPI(); // The driver throws its own error.
    }
    PhysicalConnection physical = session.physical();
    Copies known = copies;
    if (known == null || !known.isOn(physical)) {
      known = new Copies(physical, new CopiesInSight(session, physical));
      copies = known;
    }
    return known;
  }

  /** Calls on the driver's own object are not seen; but it is fetched when the first is made. */
  @Override
  public LargeObjectManager getLargeObjectAPI() throws SQLException {
    checkOpen();
    if (largeObjects == null) {
      call(LARGE_OBJECT_FUNCTIONS, this::makeLargeObjects);
    }
    return Objects.requireNonNull(largeObjects);
  }

  private boolean makeLargeObjects(Connection physical) throws SQLException {
    largeObjects =
        new LargeObjects(
            physical,
            new LargeObjects.Use() {
              @Override
              public LargeObjectManager begins() throws SQLException {
                return useLargeObjects();
              }

              @Override
              public void failed(SQLException failure) {
                session.handedOut().failed(session.physical(), failure);
              }
            });
    return true;
  }

  /** Nothing that is done with large objects changes the session. */
  private LargeObjectManager useLargeObjects() throws SQLException {
    session.handedOut().goToWriter();
    session.handedOut().exposeInSight();
    return super.getLargeObjectAPI();
  }

  @Override
  @SuppressWarnings("deprecation") // an application may still call it
  public Fastpath getFastpathAPI() throws SQLException {
    session.handedOut().goToWriterThatAnswers();
    session.handedOut().expose();
    return super.getFastpathAPI();
  }

  /** It can throw nothing: where there is no server, a call on what it returns says so. */
  @Override
  public PGReplicationConnection getReplicationAPI() {
    try {
      session.handedOut().goToWriterThatAnswers();
    } catch (SQLException unrestored) {
      LOG.debug("Session {} is not restored: {}", session.number(), unrestored.getMessage());
    }
    session.handedOut().expose();
    return super.getReplicationAPI();
  }

  /**
   * Returns this connection for its own class and interfaces; the driver's connection for its
   * class.
   */
  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    if (type == PGConnection.class) {
      return type.cast(this);
    }
    if (!type.isInstance(this)) {
      session.handedOut().goToWriterThatAnswers();
    }
    return super.unwrap(type);
  }
}

package io.baton.testkit;

import io.baton.testkit.proxy.FaultProxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One PostgreSQL server of a {@link PostgresCluster}, the proxy through which clients reach it, and
 * the faults that can be injected into it.
 *
 * <p>All methods that change the server return when the change is complete. Thread-safe.
 */
public final class PostgresNode {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresNode.class);

  private static final String STANDBY_SIGNAL = "standby.signal";

  /** The settings that ALTER SYSTEM has set. */
  private static final String ALTERED_SETTINGS = "postgresql.auto.conf";

  private final String name;
  private final NodeHost host;
  private final Engine engine;
  private final FaultProxy proxy;
  private final ServerConfiguration configuration;
  private final ReentrantLock lifecycle = new ReentrantLock();
  private volatile boolean frozen;
  private volatile boolean disturbed;
  private volatile long lastTimeline;

  PostgresNode(
      String name,
      NodeHost host,
      Engine engine,
      FaultProxy proxy,
      ServerConfiguration configuration) {
    this.name = name;
    this.host = host;
    this.engine = engine;
    this.proxy = proxy;
    this.configuration = configuration;
  }

  /** The node's name: {@code node0} for the first; also its {@code cluster_name} setting. */
  public String name() {
    return name;
  }

  /** The host at which clients reach the node. */
  public String host() {
    return proxy.host();
  }

  /** The port at which clients reach the node: its proxy's. */
  public int port() {
    return proxy.port();
  }

  /** The host of {@link #directPort()}. */
  public String directHost() {
    return host.address().host();
  }

  /** The server's own port, past the proxy. */
  public int directPort() {
    return host.address().port();
  }

  /** The proxy in front of this node, which can inject network faults. */
  public FaultProxy proxy() {
    return proxy;
  }

  /** Whether the server's main process exists; a frozen server is running. */
  public boolean isRunning() {
    return host.isAlive();
  }

  /** Whether the server was frozen by {@link #freeze()} and not thawed since. */
  public boolean isFrozen() {
    return frozen && isRunning();
  }

  /** Whether the server is running, answers, and accepts writes. */
  public boolean isPrimary() {
    if (!answers()) {
      return false;
    }
    try (Superuser superuser = superuser()) {
      return !superuser.isInRecovery();
    } catch (SQLException e) {
      LOG.debug("{} does not say whether it is the primary", name, e);
      return false;
    }
  }

  /** What the server has written to its log so far. */
  public String log() {
    return host.log();
  }

  /** Where the server's data lies on this machine; empty if it lies in a container. */
  public Optional<Path> dataFolder() {
    return host.dataFolder();
  }

  // ---- connections

  /** Opens a connection of the application's role to its database, past the proxy. */
  public Connection connect() throws SQLException {
    return connect(
        configuration.specification().database(),
        configuration.specification().user(),
        configuration.credentials().userPassword());
  }

  /** Opens a connection of the superuser to the application's database, past the proxy. */
  public Connection connectAsSuperuser() throws SQLException {
    return connect(
        configuration.specification().database(),
        Credentials.SUPERUSER,
        configuration.credentials().superuserPassword());
  }

  /** Opens a connection past the proxy. */
  public Connection connect(String database, String user, String password) throws SQLException {
    return PlainConnection.open(host.address(), database, user, password, new Properties());
  }

  /**
   * Opens a plain pgjdbc connection of the application's role as clients have it, through the
   * proxy, with these connection properties of pgjdbc in addition.
   */
  public Connection connectThroughProxy(Properties properties) throws SQLException {
    return PlainConnection.open(
        new Address(host(), port()),
        configuration.specification().database(),
        configuration.specification().user(),
        configuration.credentials().userPassword(),
        properties);
  }

  Superuser superuser() throws SQLException {
    return Superuser.of(host.address(), configuration.credentials());
  }

  // ---- faults and the life of the server

  /** Kills the server and all its backends on the spot (SIGKILL), as a power failure would. */
  public void crash() {
    locked(
        () -> {
          host.kill();
          frozen = false;
          proxy.targetStopped();
          LOG.debug("{} crashed", name);
        });
  }

  /**
   * Stops all processes of the server (SIGSTOP): connections stay open, and the server does not
   * answer, like a machine that hangs.
   */
  public void freeze() {
    locked(
        () -> {
          requireRunning();
          frozen = true;
          host.signalAll(Signal.STOP);
        });
  }

  /** Lets a frozen server go on (SIGCONT). */
  public void thaw() {
    locked(
        () -> {
          host.signalAll(Signal.CONT);
          frozen = false;
        });
  }

  /** Shuts down fast: sessions are ended, standbys receive everything, the data is clean. */
  public void stop() {
    stop(Signal.INT);
  }

  /** Shuts down at once, without a checkpoint; the next start recovers as after a crash. */
  public void stopImmediately() {
    stop(Signal.QUIT);
  }

  private void stop(Signal signal) {
    locked(
        () -> {
          if (!isRunning()) {
            return;
          }
          if (frozen) {
            throw new ClusterException(
                name + " is frozen; thaw it before stopping it, or crash it");
          }
          host.signal(signal);
          if (!Wait.until(Wait.PATIENCE, () -> !host.isAlive())) {
            throw new ClusterException(name + " does not stop.\n" + tailOfLog());
          }
          proxy.targetStopped();
        });
  }

  /** Starts the stopped or crashed server, in the role it had, and waits until it serves. */
  public void start() {
    locked(
        () -> {
          launch();
          awaitServing();
        });
  }

  /** Stops the server fast and starts it again. */
  public void restart() {
    locked(
        () -> {
          stop();
          start();
        });
  }

  /** Makes the server read its configuration files again. */
  public void reload() {
    locked(() -> host.signal(Signal.HUP));
  }

  /** Promotes the standby and waits until it accepts writes. */
  public void promote() {
    locked(
        () -> {
          requireRunning();
          if (frozen) {
            throw new ClusterException(name + " is frozen and cannot be promoted");
          }
          try (Superuser superuser = superuser()) {
            host.write("promote", "");
            host.signal(Signal.USR1);
            if (!superuser.await("SELECT NOT pg_is_in_recovery()", Wait.PATIENCE)) {
              throw new ClusterException(name + " is still a standby.\n" + tailOfLog());
            }
            lastTimeline = superuser.timeline();
          } catch (SQLException e) {
            throw new ClusterException(name + " was not promoted.\n" + tailOfLog(), e);
          }
          LOG.debug("{} promoted", name);
        });
  }

  /** Ends all clients' backends (as {@code pg_terminate_backend}), and returns how many. */
  public int terminateBackends() {
    return terminate("true");
  }

  /** Ends one backend, and returns whether there was such a client backend. */
  public boolean terminateBackend(int pid) {
    return terminate("pid = " + pid) > 0;
  }

  /** Ends the backends of clients with that {@code application_name}; returns how many. */
  public int terminateBackends(String applicationName) {
    return terminate("application_name = " + ServerConfiguration.literal(applicationName));
  }

  private int terminate(String condition) {
    try (Superuser superuser = superuser()) {
      return superuser.terminateBackends(condition);
    } catch (SQLException e) {
      throw new ClusterException("Cannot terminate backends of " + name, e);
    }
  }

  /** Stops the replay of WAL on this standby: it goes on receiving, and its data stands still. */
  public void pauseReplay() {
    execute("SELECT pg_wal_replay_pause()");
  }

  /** Goes on with the replay of WAL on this standby. */
  public void resumeReplay() {
    execute("SELECT pg_wal_replay_resume()");
  }

  private void execute(String sql) {
    disturbed = true;
    try (Superuser superuser = superuser()) {
      superuser.execute(sql);
    } catch (SQLException e) {
      throw new ClusterException(sql + " failed on " + name, e);
    }
  }

  // ---- for the cluster

  /** Whether a fault or a change was made to the server since it last was as specified. */
  boolean isDisturbed() {
    return disturbed;
  }

  void becomesAsSpecified() {
    disturbed = false;
  }

  /** Whether another thread starts, stops or promotes the node now. */
  boolean isChangedElsewhere() {
    return lifecycle.isLocked() && !lifecycle.isHeldByCurrentThread();
  }

  /** Whether the server is running and not frozen. */
  boolean answers() {
    return isRunning() && !frozen;
  }

  /** The highest timeline on which this node was seen as a primary, 0 if it never was. */
  long lastTimeline() {
    return lastTimeline;
  }

  void wasSeenOn(long timeline) {
    lastTimeline = timeline;
  }

  /** Whether the server is a standby, or would be one if it were started. */
  boolean isConfiguredAsStandby() {
    return host.exists(STANDBY_SIGNAL);
  }

  /** Starts without waiting. */
  void launch() {
    locked(
        () -> {
          if (host.isAlive()) {
            throw new ClusterException(name + " is running already");
          }
          frozen = false;
          host.delete("postmaster.pid");
          host.launch();
        });
  }

  /** Waits until the server launched before accepts connections. */
  void awaitServing() {
    locked(
        () -> {
          boolean up = Wait.until(Wait.PATIENCE, () -> !host.isAlive() || isServing());
          if (!up || !host.isAlive()) {
            throw new ClusterException(name + " does not start.\n" + tailOfLog());
          }
          proxy.targetStarted();
        });
  }

  /** Line 8 of the pid file, as {@code pg_ctl} reads it. */
  private boolean isServing() {
    return host.read("postmaster.pid")
        .lines()
        .skip(7)
        .anyMatch(line -> line.strip().equals("ready"));
  }

  /** Creates the data of a cluster's first node. */
  void initialize() {
    host.initialize(
        Credentials.SUPERUSER,
        configuration.credentials().superuserPassword(),
        configuration.initialStatements());
    host.write("pg_hba.conf", configuration.hostBasedAuthentication(engine.clientNetwork()));
    host.write("postgresql.conf", "include '" + ServerConfiguration.FILE + "'\n");
    host.write(ALTERED_SETTINGS, "");
    host.write(
        ServerConfiguration.FILE,
        configuration.primary(name, host.listenAddress(), host.peerAddress().port()));
  }

  /** Replaces the data by a copy of another node's, as a standby of it. */
  void copyFrom(PostgresNode source) {
    locked(() -> host.copyDataFrom(source.host));
  }

  void writeBackupLabel(String label) {
    host.write("backup_label", label);
  }

  /** Undoes ALTER SYSTEM, as far as a running server can. */
  void forgetAlteredSettings() {
    locked(
        () -> {
          if (!host.read(ALTERED_SETTINGS).isEmpty()) {
            host.write(ALTERED_SETTINGS, "");
            host.signal(Signal.HUP);
          }
        });
  }

  /** Makes the server, running or not, a standby that follows another; a primary must be down. */
  void follow(PostgresNode primary) {
    locked(
        () -> {
          host.write(
              ServerConfiguration.FILE,
              configuration.following(
                  name,
                  host.listenAddress(),
                  host.peerAddress().port(),
                  primary.host.peerAddress()));
          if (isRunning()) {
            host.signal(Signal.HUP);
          } else {
            host.write(STANDBY_SIGNAL, "");
          }
        });
  }

  void close() {
    locked(
        () -> {
          proxy.close();
          host.close();
        });
  }

  private void requireRunning() {
    if (!isRunning()) {
      throw new ClusterException(name + " is not running");
    }
  }

  private String tailOfLog() {
    String log = log();
    return log.substring(Math.max(0, log.length() - 4_000));
  }

  private void locked(Runnable change) {
    lifecycle.lock();
    try {
      disturbed = true;
      change.run();
    } finally {
      lifecycle.unlock();
    }
  }

  @Override
  public String toString() {
    return name + " (" + host() + ":" + port() + ")";
  }
}

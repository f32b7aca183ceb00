package io.baton.testkit;

import io.baton.testkit.proxy.FaultProxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * A PostgreSQL primary with its streaming standbys: real servers that this JVM starts, injects
 * faults into, and removes.
 *
 * <pre>{@code
 * try (PostgresCluster cluster = PostgresCluster.builder().standbys(2).synchronous().start()) {
 *   DataSource pool = poolOf("jdbc:postgresql://" + cluster.hosts() + "/" + cluster.database());
 *   cluster.failover();
 *   // the application goes on
 * }
 * }</pre>
 *
 * <p>Clients reach each node through a {@link FaultProxy}; replication and the testkit itself go
 * past it. Thread-safe; changes of roles happen one after the other.
 */
public final class PostgresCluster implements AutoCloseable {
  private final ClusterSpecification specification;
  private final Credentials credentials = Credentials.random();
  private final ServerConfiguration configuration;
  private final Engine engine;
  private final List<PostgresNode> nodes = new CopyOnWriteArrayList<>();
  private final Roles roles;
  private final ReentrantLock changes = new ReentrantLock();

  /** How many nodes were ever made. Guarded by changes. */
  private int created;

  private PostgresCluster(ClusterSpecification specification, Engine engine) {
    this.specification = specification;
    this.configuration = new ServerConfiguration(specification, credentials);
    this.engine = engine;
    this.roles = new Roles(nodes, specification.version());
  }

  /** A description of a cluster, to be completed; as it is, one server of the preferred version. */
  public static Builder builder() {
    return new Builder();
  }

  // ---- what it consists of

  /** The node that is the primary now: of several that accept writes, the last one promoted. */
  public PostgresNode primary() {
    return roles.primary();
  }

  /** All nodes but the primary, running or not. */
  public List<PostgresNode> standbys() {
    PostgresNode primary = primary();
    return nodes.stream().filter(node -> node != primary).toList();
  }

  /** All nodes in the order in which they were made. */
  public List<PostgresNode> nodes() {
    return List.copyOf(nodes);
  }

  /** The node of that index, from 0; node 0 begins as the primary. */
  public PostgresNode node(int index) {
    return nodes.get(index);
  }

  public PostgresVersion version() {
    return specification.version();
  }

  // ---- how to connect

  /** All nodes as clients reach them: {@code 127.0.0.1:20001,127.0.0.1:20002}. */
  public String hosts() {
    return nodes.stream()
        .map(node -> node.host() + ":" + node.port())
        .collect(Collectors.joining(","));
  }

  /** The name of the application's database. */
  public String database() {
    return specification.database();
  }

  /** The application's role, an ordinary one that owns its database. */
  public String user() {
    return specification.user();
  }

  /** The password of {@link #user()}. */
  public String password() {
    return credentials.userPassword();
  }

  /** The superuser's name. */
  public String superuser() {
    return Credentials.SUPERUSER;
  }

  /** The password of {@link #superuser()}. */
  public String superuserPassword() {
    return credentials.superuserPassword();
  }

  /** A JDBC URL with that beginning, such as {@code jdbc:postgresql:}, for all nodes. */
  public String jdbcUrl(String prefix) {
    return prefix + "//" + hosts() + "/" + database();
  }

  /** A plain pgjdbc connection to one node, past its proxy. */
  public Connection connect(PostgresNode node) throws SQLException {
    return node.connect();
  }

  // ---- changes of roles

  /**
   * Crashes the primary, promotes the most advanced of the running standbys, and has the others
   * follow it. Returns the new primary as soon as it accepts writes; the crashed one stays down
   * until {@link #rebuild} or {@link PostgresNode#start}.
   */
  public PostgresNode failover() {
    return change(
        () -> {
          primary().crash();
          return roles.promoteMostAdvanced();
        });
  }

  /**
   * Promotes the most advanced of the running standbys and has the others follow it, whatever the
   * old primary is doing. Returns the new primary as soon as it accepts writes.
   */
  public PostgresNode promoteStandby() {
    return change(roles::promoteMostAdvanced);
  }

  /**
   * Exchanges the primary as planned work does: it is stopped cleanly, with all it wrote received
   * by its standbys, one of those is promoted, and the old primary comes back as a standby. Returns
   * the new primary when the old one is streaming from it.
   */
  public PostgresNode switchover() {
    return change(roles::switchover);
  }

  /** Adds a standby, and returns it when it streams. */
  public PostgresNode addStandby() {
    return change(
        () -> {
          PostgresNode node = newNode();
          roles.rebuild(node);
          nodes.add(node);
          return node;
        });
  }

  /** Makes a node anew as a standby of the primary, whatever it was, and waits until it streams. */
  public PostgresNode rebuild(PostgresNode node) {
    return change(
        () -> {
          roles.rebuild(node);
          return node;
        });
  }

  /** Waits until every running standby has replayed what the primary has written by now. */
  public void awaitReplication() {
    roles.awaitReplication();
  }

  // ---- as it was specified

  /**
   * Whether this testkit has changed the cluster since it was started or last repaired: a server, a
   * proxy, or the set of nodes.
   */
  public boolean isDisturbed() {
    return nodes.size() != specification.standbys() + 1
        || nodes.stream().anyMatch(node -> node.isDisturbed() || node.proxy().isDisturbed());
  }

  /**
   * Restores the cluster to its specification: no faults, one primary, and the specified number of
   * standbys that stream from it. The primary may be another node than at the start. The data in
   * the database is kept.
   */
  public void repair() {
    change(
        () -> {
          new Repair(specification, nodes, roles).run();
          return this;
        });
  }

  /**
   * Empties the cluster: a new database for the application, and no other databases, roles or
   * replication slots. All clients are disconnected.
   */
  public void resetDatabase() {
    change(
        () -> {
          PostgresNode primary = primary();
          try (Superuser superuser = primary.superuser()) {
            new DatabaseReset(superuser, configuration).run();
          } catch (SQLException e) {
            throw new ClusterException("Cannot reset the database on " + primary, e);
          }
          return this;
        });
  }

  /** Kills all servers and removes their data. */
  @Override
  public void close() {
    change(
        () -> {
          nodes.parallelStream().forEach(PostgresNode::close);
          engine.close();
          return this;
        });
  }

  static PostgresCluster start(ClusterSpecification specification, Engine engine) {
    PostgresCluster cluster = new PostgresCluster(specification, engine);
    try {
      cluster.start();
      return cluster;
    } catch (RuntimeException | Error e) {
      try {
        cluster.close();
      } catch (RuntimeException closing) {
        e.addSuppressed(closing);
      }
      throw e;
    }
  }

  private void start() {
    change(
        () -> {
          for (int index = 0; index <= specification.standbys(); index++) {
            nodes.add(newNode());
          }
          PostgresNode primary = nodes.get(0);
          primary.initialize();
          List<PostgresNode> standbys = nodes.subList(1, nodes.size());
          standbys.parallelStream()
              .forEach(
                  standby -> {
                    standby.copyFrom(primary);
                    standby.follow(primary);
                  });
          nodes.forEach(PostgresNode::launch);
          nodes.forEach(PostgresNode::awaitServing);
          roles.awaitStreaming(primary, standbys);
          nodes.forEach(PostgresNode::becomesAsSpecified);
          return this;
        });
  }

  private PostgresNode newNode() {
    int index = created++;
    String name = "node" + index;
    NodeHost host = engine.newHost(name, index);
    FaultProxy proxy =
        FaultProxy.create(
            engine.newProxyAddress(index).toSocketAddress(), host.address().toSocketAddress());
    return new PostgresNode(name, host, engine, proxy, configuration);
  }

  private <T> T change(Supplier<T> change) {
    changes.lock();
    try {
      return change.get();
    } finally {
      changes.unlock();
    }
  }

  @Override
  public String toString() {
    return version() + " cluster at " + hosts();
  }

  /** Describes a cluster and starts it. Not thread-safe. */
  public static final class Builder {
    private ClusterSpecification specification = ClusterSpecification.standard();

    private Builder() {}

    public Builder version(PostgresVersion version) {
      specification = specification.withVersion(version);
      return this;
    }

    /** How many standbys stream from the primary; none unless told. */
    public Builder standbys(int number) {
      specification = specification.withStandbys(number);
      return this;
    }

    /** Commits wait until any one standby has them on disk, also after a promotion. */
    public Builder synchronous() {
      specification = specification.withSynchronous(true);
      return this;
    }

    /** Commits do not wait for standbys; this is the default. */
    public Builder asynchronous() {
      specification = specification.withSynchronous(false);
      return this;
    }

    /**
     * Flushes to disk as in production. Without it {@code fsync} is off, which a killed server does
     * not notice: the operating system has what it wrote.
     */
    public Builder durable() {
      specification = specification.withDurable(true);
      return this;
    }

    /**
     * Gives each node a loopback address of its own, 127.0.0.2 and so on, and all the same port. On
     * macOS such addresses must be configured first.
     */
    public Builder perNodeAddresses() {
      specification = specification.withAddressPerNode(true);
      return this;
    }

    /** Where the servers run; {@link PostgresEngine#preferred()} unless told. */
    public Builder engine(PostgresEngine engine) {
      specification = specification.withEngine(engine);
      return this;
    }

    /** The name of the application's database, {@code app} unless told. */
    public Builder database(String name) {
      specification = specification.withDatabase(name);
      return this;
    }

    /** The name of the application's role, {@code app} unless told. */
    public Builder user(String name) {
      specification = specification.withUser(name);
      return this;
    }

    /** A setting of {@code postgresql.conf}, on all nodes. */
    public Builder setting(String name, String value) {
      Map<String, String> settings = new LinkedHashMap<>(specification.settings());
      settings.put(name, value);
      specification = specification.withSettings(settings);
      return this;
    }

    /** Starts the cluster; returns when it serves and all standbys are streaming. */
    public PostgresCluster start() {
      specification.validate();
      return PostgresCluster.start(specification, Engines.start(specification));
    }
  }
}

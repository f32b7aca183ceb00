package io.baton.testkit;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/**
 * Has one cluster follow another by logical replication, as before a major upgrade or a move.
 * PostgreSQL carries the rows only: the tables must be in both.
 *
 * <p>It has no state.
 */
public final class LogicalReplication {
  /** What the publication is called, and the subscription. */
  public static final String NAME = "everything";

  private LogicalReplication() {}

  /**
   * Publishes all tables of the one cluster and has the other subscribe to them, and returns when
   * they are copied. The ordinary role of the other cluster gets the password that it has in the
   * first, so that an application can log in to both.
   *
   * @param from with {@code wal_level=logical}
   * @param to with the same tables, without rows
   * @throws ClusterException if the rows are not copied in time
   */
  public static void start(PostgresCluster from, PostgresCluster to) throws SQLException {
    try (Connection publisher = superuser(from);
        Statement publish = publisher.createStatement();
        Connection subscriber = superuser(to);
        Statement subscribe = subscriber.createStatement()) {
      publish.execute("create publication %s for all tables".formatted(NAME));
      subscribe.execute("alter role %s password '%s'".formatted(to.user(), from.password()));
      subscribe.execute(
          "create subscription %1$s connection '%2$s' publication %1$s"
              .formatted(NAME, connectionTo(from)));
      Duration patience = Wait.PATIENCE;
      if (!Wait.until(patience, () -> isCopied(subscribe))) {
        throw new ClusterException("The tables were not copied within " + patience);
      }
    }
  }

  /** A connection to the present primary, and the database of the application, as superuser. */
  private static Connection superuser(PostgresCluster cluster) throws SQLException {
    return cluster
        .primary()
        .connect(cluster.database(), cluster.superuser(), cluster.superuserPassword());
  }

  /** What a subscription is given as {@code CONNECTION}, to follow a cluster. */
  public static String connectionTo(PostgresCluster from) {
    PostgresNode primary = from.primary();
    return "host=%s port=%d dbname=%s user=%s password=%s"
        .formatted(
            primary.directHost(),
            primary.directPort(),
            from.database(),
            from.superuser(),
            from.superuserPassword());
  }

  private static boolean isCopied(Statement subscriber) {
    try (ResultSet rows =
        subscriber.executeQuery("select bool_and(srsubstate = 'r') from pg_subscription_rel")) {
      return rows.next() && rows.getBoolean(1);
    } catch (SQLException failure) {
      throw new ClusterException("The new cluster does not say what is copied", failure);
    }
  }
}

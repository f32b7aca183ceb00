package io.baton.examples.frameworks;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonDataSource;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flyway by its API, with the URL alone. */
@PostgresTest(standbys = 2, synchronous = true)
class FlywayTest {

  @Test
  void migration_losesItsServer_andGoesOn(PostgresCluster cluster, @TempDir Path folder)
      throws IOException, SQLException {
    Files.writeString(folder.resolve("V1__shop.sql"), "create table item (name text primary key);");
    Files.writeString(folder.resolve("V3__more.sql"), "insert into item values ('third');");
    BatonDataSource dataSource = new BatonDataSource();
    dataSource.setUrl(Servers.urlWithUser(cluster));
    long before = Servers.ask(dataSource, Servers.PORT);
    FluentConfiguration configuration =
        Flyway.configure()
            .dataSource(Servers.url(cluster), cluster.user(), cluster.password())
            .locations("filesystem:" + folder)
            .javaMigrations(new V2__Failover(cluster));

    int executed = configuration.load().migrate().migrationsExecuted;

    assertThat(executed).isEqualTo(3);
    assertThat(Servers.ask(dataSource, Servers.PORT)).isNotEqualTo(before);
    assertThat(Servers.ask(dataSource, "select count(*) from item")).isEqualTo(3);
    assertThat(configuration.load().info().pending()).isEmpty();
    assertThat(configuration.load().validateWithResult().validationSuccessful).isTrue();
    dataSource.close();
  }

  /** The server goes while this migration has written one row of two. */
  @SuppressWarnings("MemberName") // Flyway reads the version from the name.
  private static final class V2__Failover extends BaseJavaMigration {
    private final PostgresCluster cluster;

    V2__Failover(PostgresCluster cluster) {
      this.cluster = cluster;
    }

    @Override
    public void migrate(Context context) throws SQLException {
      Connection connection = context.getConnection();
      Servers.execute(connection, "insert into item values ('first')");
      cluster.failover();
      Servers.execute(connection, "insert into item values ('second')");
    }
  }
}

package io.baton.examples.frameworks;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonDataSource;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import liquibase.Liquibase;
import liquibase.change.custom.CustomTaskChange;
import liquibase.database.Database;
import liquibase.database.DatabaseFactory;
import liquibase.database.core.PostgresDatabase;
import liquibase.exception.LiquibaseException;
import liquibase.exception.ValidationErrors;
import liquibase.resource.DirectoryResourceAccessor;
import liquibase.resource.ResourceAccessor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Liquibase with the URL alone. */
@PostgresTest(standbys = 2, synchronous = true)
class LiquibaseTest {

  private static final AtomicReference<PostgresCluster> CLUSTER_OF_THE_CHANGE =
      new AtomicReference<>();

  @Test
  void update_losesItsServerBetweenChangesOfOneTransaction_andGoesOn(
      PostgresCluster cluster, @TempDir Path folder)
      throws IOException, SQLException, LiquibaseException {
    Files.writeString(folder.resolve("changes.yaml"), changeLog());
    BatonDataSource dataSource = new BatonDataSource();
    dataSource.setUrl(Servers.urlWithUser(cluster));
    long before = Servers.ask(dataSource, Servers.PORT);
    CLUSTER_OF_THE_CHANGE.set(cluster);

    ResourceAccessor files = new DirectoryResourceAccessor(folder);
    try (Database database =
        DatabaseFactory.getInstance()
            .openDatabase(Servers.url(cluster), cluster.user(), cluster.password(), null, files)) {
      assertThat(database).isExactlyInstanceOf(PostgresDatabase.class);
      new Liquibase("changes.yaml", files, database).update();
    }

    assertThat(Servers.ask(dataSource, Servers.PORT)).isNotEqualTo(before);
    assertThat(Servers.ask(dataSource, "select count(*) from parcel")).isEqualTo(2);
    assertThat(Servers.ask(dataSource, "select count(*) from databasechangelog")).isEqualTo(2);
    assertThat(Servers.ask(dataSource, "select count(*) from databasechangeloglock where locked"))
        .isZero();
    dataSource.close();
  }

  private static String changeLog() {
    return """
    databaseChangeLog:
      - changeSet:
          id: 1
          author: shop
          changes:
            - createTable:
                tableName: parcel
                columns:
                  - column: { name: name, type: text }
      - changeSet:
          id: 2
          author: shop
          changes:
            - insert:
                tableName: parcel
                columns:
                  - column: { name: name, value: first }
            - customChange: { class: "%s" }
            - insert:
                tableName: parcel
                columns:
                  - column: { name: name, value: second }
    """
        .formatted(Failover.class.getName());
  }

  /** A change that has no statements: the primary crashes. */
  public static final class Failover implements CustomTaskChange {
    @Override
    public void execute(Database database) {
      Objects.requireNonNull(CLUSTER_OF_THE_CHANGE.get()).failover();
    }

    @Override
    public String getConfirmationMessage() {
      return "failed over";
    }

    @Override
    public void setUp() {}

    @Override
    public void setFileOpener(ResourceAccessor resourceAccessor) {}

    @Override
    public ValidationErrors validate(Database database) {
      return new ValidationErrors();
    }
  }
}

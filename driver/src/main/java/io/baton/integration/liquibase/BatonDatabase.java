package io.baton.integration.liquibase;

import liquibase.database.DatabaseConnection;
import liquibase.database.core.PostgresDatabase;
import org.jspecify.annotations.Nullable;

/**
 * Tells Liquibase which driver opens a URL that starts with {@code jdbc:baton:postgresql:}.
 *
 * <p>Liquibase asks its databases for the driver of a URL, and then, by the name that the connected
 * database has, which of them is responsible. This one answers the first question only. So the
 * connection is used as PostgreSQL's, as with any other driver.
 *
 * <p>Not thread-safe, as all databases of Liquibase.
 */
public final class BatonDatabase extends PostgresDatabase {

  private static final String PREFIX = "jdbc:baton:postgresql:";
  private static final String DRIVER = "io.baton.BatonDriver";

  /** Creates the database; Liquibase does, as a service. */
  public BatonDatabase() {}

  @Override
  public String getShortName() {
    return "baton";
  }

  @Override
  public @Nullable String getDefaultDriver(String url) {
    return url.startsWith(PREFIX) ? DRIVER : null;
  }

  /** Returns false: connections are PostgreSQL's, whichever driver has opened them. */
  @Override
  public boolean isCorrectDatabaseImplementation(DatabaseConnection connection) {
    return false;
  }
}

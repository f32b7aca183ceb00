package io.baton.integration.flyway;

import java.sql.Connection;
import java.sql.Types;
import java.util.Properties;
import org.flywaydb.core.api.ResourceProvider;
import org.flywaydb.core.api.configuration.Configuration;
import org.flywaydb.core.internal.database.base.BaseDatabaseType;
import org.flywaydb.core.internal.database.base.Database;
import org.flywaydb.core.internal.jdbc.JdbcConnectionFactory;
import org.flywaydb.core.internal.jdbc.StatementInterceptor;
import org.flywaydb.core.internal.parser.Parser;
import org.flywaydb.core.internal.parser.ParsingContext;

/**
 * Tells Flyway which driver opens a URL that starts with {@code jdbc:baton:postgresql:}.
 *
 * <p>Flyway asks a type of database twice: by the URL, for the driver, and by the name that the
 * connected database has, for everything else. This type answers to the URL only. So all that
 * follows is done by Flyway's own type for PostgreSQL, as with any other driver.
 *
 * <p>It does not extend that type, which is in a module of its own: Flyway loads all types that it
 * finds, and one that cannot be loaded keeps it from starting, also where another database is used.
 *
 * <p>Stateless and thread-safe.
 */
public final class BatonDatabaseType extends BaseDatabaseType {

  private static final String PREFIX = "jdbc:baton:postgresql:";
  private static final String DRIVER = "io.baton.BatonDriver";

  /** Creates the type; Flyway does, as a service. */
  public BatonDatabaseType() {}

  @Override
  public String getName() {
    return "PostgreSQL through Baton";
  }

  @Override
  public int getNullType() {
    return Types.NULL;
  }

  @Override
  public boolean handlesJDBCUrl(String url) {
    return url.startsWith(PREFIX);
  }

  @Override
  public String getDriverClass(String url, ClassLoader classLoader) {
    return DRIVER;
  }

  @Override
  public void setDefaultConnectionProps(
      String url, Properties properties, ClassLoader classLoader) {
    properties.put("ApplicationName", APPLICATION_NAME);
  }

  @Override
  @SuppressWarnings("deprecation") // By Flyway 13; older versions ask.
  public boolean detectUserRequiredByUrl(String url) {
    return !url.contains("user=");
  }

  @Override
  @SuppressWarnings("deprecation") // By Flyway 13; older versions ask.
  public boolean detectPasswordRequiredByUrl(String url) {
    return !url.contains("password=");
  }

  /** Returns false: connections are PostgreSQL's, whichever driver has opened them. */
  @Override
  public boolean handlesDatabaseProductNameAndVersion(
      String productName, String productVersion, Connection connection) {
    return false;
  }

  @Override
  public Database<?> createDatabase(
      Configuration configuration,
      JdbcConnectionFactory connectionFactory,
      StatementInterceptor statementInterceptor) {
    throw notOfAConnection();
  }

  @Override
  public Parser createParser(
      Configuration configuration,
      ResourceProvider resourceProvider,
      ParsingContext parsingContext) {
    throw notOfAConnection();
  }

  private static UnsupportedOperationException notOfAConnection() {
    return new UnsupportedOperationException("This type is chosen by URLs, never by connections");
  }
}

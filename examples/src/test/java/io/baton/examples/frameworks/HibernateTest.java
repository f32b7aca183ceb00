package io.baton.examples.frameworks;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.Id;
import java.util.List;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;
import org.hibernate.cfg.JdbcSettings;
import org.hibernate.dialect.PostgreSQLDialect;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.Test;

/** Hibernate with the URL alone: neither driver nor dialect is named. */
@PostgresTest(standbys = 2, synchronous = true)
class HibernateTest {

  /** A city. */
  @Entity(name = "City")
  static class City {
    @Id @GeneratedValue Long id = 0L;
    String name = "";

    City() {}

    City(String name) {
      this.name = name;
    }
  }

  @Test
  void transaction_losesItsServer_andGoesOn(PostgresCluster cluster) {
    try (SessionFactory sessions =
        new Configuration()
            .addAnnotatedClass(City.class)
            .setProperty(JdbcSettings.JAKARTA_JDBC_URL, Servers.url(cluster))
            .setProperty(JdbcSettings.JAKARTA_JDBC_USER, cluster.user())
            .setProperty(JdbcSettings.JAKARTA_JDBC_PASSWORD, cluster.password())
            .setProperty("hibernate.hbm2ddl.auto", "create")
            .buildSessionFactory()) {
      assertThat(sessions.unwrap(SessionFactoryImplementor.class).getJdbcServices().getDialect())
          .isInstanceOf(PostgreSQLDialect.class);
      int before = port(sessions);

      sessions.inTransaction(
          session -> {
            persist(session, "Oslo");
            cluster.failover();
            persist(session, "Rome");
          });

      assertThat(port(sessions)).isNotEqualTo(before);
      List<String> names =
          sessions.fromTransaction(
              session ->
                  session
                      .createSelectionQuery("select name from City order by name", String.class)
                      .getResultList());
      assertThat(names).containsExactly("Oslo", "Rome");
    }
  }

  private static void persist(Session session, String name) {
    session.persist(new City(name));
    session.flush();
  }

  private static int port(SessionFactory sessions) {
    return sessions.fromSession(
        session -> session.createNativeQuery(Servers.PORT, Integer.class).getSingleResult());
  }
}

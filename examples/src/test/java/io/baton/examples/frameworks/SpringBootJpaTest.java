package io.baton.examples.frameworks;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.Id;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.jpa.repository.config.EnableJpaRepositories;
import org.springframework.transaction.annotation.Transactional;

/** Spring Boot 4 with JPA: the URL, the user and the password are all that is configured. */
@PostgresTest(standbys = 2, synchronous = true)
class SpringBootJpaTest {

  @SpringBootConfiguration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @EnableJpaRepositories(considerNestedRepositories = true)
  @Import(Orders.class)
  static class Shop {}

  /** An order. */
  @Entity(name = "Purchase")
  public static class Purchase {
    @Id @GeneratedValue Long id = 0L;
    String item = "";

    Purchase() {}

    Purchase(String item) {
      this.item = item;
    }
  }

  /** The orders in the database. */
  interface PurchaseRepository extends JpaRepository<Purchase, Long> {
    @Query(value = Servers.PORT, nativeQuery = true)
    int port();

    @Query(value = "select pg_is_in_recovery()", nativeQuery = true)
    boolean isStandby();
  }

  /** What the application does. */
  static class Orders {
    private final PurchaseRepository purchases;

    Orders(PurchaseRepository purchases) {
      this.purchases = purchases;
    }

    /** Places two orders in one transaction; between them, something else happens. */
    @Transactional
    public void place(String first, Runnable between, String second) {
      purchases.saveAndFlush(new Purchase(first));
      between.run();
      purchases.saveAndFlush(new Purchase(second));
    }

    @Transactional(readOnly = true)
    public List<String> onStandby() {
      assertThat(purchases.isStandby()).isTrue();
      return purchases.findAll().stream().map(purchase -> purchase.item).sorted().toList();
    }

    @Transactional
    public int port() {
      return purchases.port();
    }
  }

  @Test
  void transaction_losesItsServer_andGoesOn(PostgresCluster cluster) {
    try (ConfigurableApplicationContext application = application(cluster)) {
      Orders orders = application.getBean(Orders.class);
      int before = orders.port();

      orders.place("bread", cluster::failover, "milk");

      assertThat(orders.port()).isNotEqualTo(before);
    }
  }

  @Test
  void readOnlyTransaction_runsOnAStandby_andSeesWhatWasWritten(PostgresCluster cluster) {
    try (ConfigurableApplicationContext application = application(cluster)) {
      Orders orders = application.getBean(Orders.class);
      orders.place("tea", () -> {}, "toast");

      assertThat(orders.onStandby()).containsExactly("tea", "toast");
    }
  }

  private static ConfigurableApplicationContext application(PostgresCluster cluster) {
    return SpringApplication.run(
        Shop.class,
        "--spring.datasource.url=" + Servers.url(cluster),
        "--spring.datasource.username=" + cluster.user(),
        "--spring.datasource.password=" + cluster.password(),
        "--spring.jpa.hibernate.ddl-auto=create",
        "--spring.main.banner-mode=off");
  }
}

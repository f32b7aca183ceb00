package io.baton.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.LockModeType;
import jakarta.persistence.MappedSuperclass;
import jakarta.persistence.SequenceGenerator;
import jakarta.persistence.Table;
import java.util.function.Supplier;
import org.hibernate.SessionFactory;
import org.hibernate.boot.registry.StandardServiceRegistryBuilder;
import org.hibernate.cfg.AvailableSettings;
import org.hibernate.cfg.Configuration;
import org.jspecify.annotations.Nullable;

/** Transfers by Hibernate, on connections of a HikariCP pool. */
final class HibernateBank implements Transfers.Bank {

  /** Money. */
  @Entity(name = "account")
  static class Account {
    @Id int id;
    int balance;
  }

  /** What was done. */
  @MappedSuperclass
  abstract static class Operation {
    long number;
    int source;
    int target;
    int amount;

    abstract @Nullable Long id();
  }

  /** With a key that the insert returns. */
  @Entity(name = "IdentityOperation")
  @Table(name = "operation")
  static class IdentityOperation extends Operation {
    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    @Nullable Long id;

    @Override
    @Nullable Long id() {
      return id;
    }
  }

  /** With a key out of 50 that were drawn together. */
  @Entity(name = "SequenceOperation")
  @Table(name = "operation")
  static class SequenceOperation extends Operation {
    @Id
    @GeneratedValue(strategy = GenerationType.SEQUENCE, generator = "operations")
    @SequenceGenerator(name = "operations", sequenceName = "operation_key", allocationSize = 50)
    @Nullable Long id;

    @Override
    @Nullable Long id() {
      return id;
    }
  }

  private final HikariDataSource pool = new HikariDataSource();
  private final SessionFactory sessions;
  private final Supplier<Operation> operations;

  HibernateBank(String url, String user, String password, Supplier<Operation> operations) {
    pool.setJdbcUrl(url);
    pool.setUsername(user);
    pool.setPassword(password);
    pool.setMaximumPoolSize(Transfers.WORKERS);
    pool.setAutoCommit(false);
    this.operations = operations;
    this.sessions =
        new Configuration()
            .addAnnotatedClass(Account.class)
            .addAnnotatedClass(operations.get().getClass())
            .buildSessionFactory(
                new StandardServiceRegistryBuilder()
                    .applySetting(AvailableSettings.JAKARTA_NON_JTA_DATASOURCE, pool)
                    .build());
  }

  @Override
  public void transfer(long number, int source, int target, int amount) {
    sessions.inTransaction(
        session -> {
          int first = Math.min(source, target);
          Account one = session.find(Account.class, first, LockModeType.PESSIMISTIC_WRITE);
          Account two =
              session.find(Account.class, Math.max(source, target), LockModeType.PESSIMISTIC_WRITE);
          Account from = first == source ? one : two;
          Account to = first == source ? two : one;
          from.balance -= amount;
          to.balance += amount;
          Operation operation = operations.get();
          operation.number = number;
          operation.source = source;
          operation.target = target;
          operation.amount = amount;
          session.persist(operation);
          session.flush();
          assertThat(operation.id()).isNotNull();
        });
  }

  @Override
  public void close() {
    sessions.close();
    pool.close();
  }
}

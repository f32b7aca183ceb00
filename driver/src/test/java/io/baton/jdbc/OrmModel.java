package io.baton.jdbc;

import jakarta.persistence.CollectionTable;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.FetchType;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Inheritance;
import jakarta.persistence.InheritanceType;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.OneToMany;
import jakarta.persistence.SequenceGenerator;
import jakarta.persistence.Table;
import jakarta.persistence.TableGenerator;
import jakarta.persistence.Version;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.hibernate.annotations.Formula;
import org.jspecify.annotations.Nullable;

/** Entities with what makes an ORM send statements of many kinds. */
final class OrmModel {

  private OrmModel() {}

  /** How an order stands. */
  enum Status {
    OPEN,
    PAID
  }

  /** With a key from a sequence, a version, and collections that are loaded late. */
  @Entity(name = "Customer")
  @Table(name = "customer")
  static class Customer {
    @Id
    @GeneratedValue(strategy = GenerationType.SEQUENCE, generator = "customers")
    @SequenceGenerator(name = "customers", sequenceName = "customer_seq", allocationSize = 5)
    @Nullable Long id;

    @Version int version;
    String name = "";
    BigDecimal credit = BigDecimal.TEN;
    LocalDate since = LocalDate.of(2026, 1, 1);

    @Formula("upper(name)")
    @Nullable String shouted;

    @ElementCollection(fetch = FetchType.LAZY)
    @CollectionTable(name = "customer_tag")
    @Column(name = "tag")
    Set<String> tags = new HashSet<>();

    @OneToMany(mappedBy = "customer")
    List<Purchase> purchases = new ArrayList<>();
  }

  /** With a key that the insert returns. */
  @Entity(name = "Purchase")
  @Table(name = "purchase")
  static class Purchase {
    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    @Nullable Long id;

    @ManyToOne(fetch = FetchType.LAZY)
    @Nullable Customer customer;

    Instant placed = Instant.parse("2026-01-01T00:00:00Z");

    @Enumerated(EnumType.STRING)
    Status status = Status.OPEN;

    BigDecimal total = BigDecimal.ONE;
  }

  /** With a key from a table, and a table for each class. */
  @Entity(name = "Payment")
  @Table(name = "payment")
  @Inheritance(strategy = InheritanceType.JOINED)
  static class Payment {
    @Id
    @GeneratedValue(strategy = GenerationType.TABLE, generator = "payments")
    @TableGenerator(name = "payments", table = "payment_keys", allocationSize = 1)
    @Nullable Long id;

    BigDecimal amount = BigDecimal.ONE;
  }

  /** A kind of payment. */
  @Entity(name = "CardPayment")
  @Table(name = "card_payment")
  static class CardPayment extends Payment {
    String card = "";
  }
}

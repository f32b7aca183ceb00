package io.baton.jdbc;

import static io.baton.jdbc.Sql.ask;
import static io.baton.jdbc.Sql.execute;
import static io.baton.jdbc.Topologies.at;
import static io.baton.jdbc.Topologies.awaitReaders;
import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonConnection;
import io.baton.jdbc.OrmModel.CardPayment;
import io.baton.jdbc.OrmModel.Customer;
import io.baton.jdbc.OrmModel.Payment;
import io.baton.jdbc.OrmModel.Purchase;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import jakarta.persistence.LockModeType;
import jakarta.persistence.PersistenceException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.hibernate.LockMode;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.boot.registry.StandardServiceRegistryBuilder;
import org.hibernate.cfg.AvailableSettings;
import org.hibernate.cfg.Configuration;
import org.hibernate.resource.jdbc.spi.StatementInspector;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Statements as Hibernate makes them, and as jOOQ and Spring Data do ({@code orm-statements.sql}),
 * one by one in autocommit with {@code baton.reads=auto}: none that writes, locks, or calls a
 * volatile function runs on a standby, and plain queries do.
 */
@PostgresTest(standbys = 1)
class OrmRoutingTest {

  /**
   * What a reader of the text would say needs the writer; the driver's analysis has no part in it.
   */
  private static final Pattern NEEDS_THE_WRITER =
      Pattern.compile(
          "(?is).*\\b(insert|update|delete|merge|truncate|share|nextval|setval|random|draw|call|lock"
              + "|into|gen_random_uuid|clock_timestamp|pg_advisory\\w*|pg_notify|set_config)\\b.*");

  /** A word of that list where it is data or a name. */
  private static final Pattern HARMLESS =
      Pattern.compile("(?i)'[^']*'|\"[^\"]*\"|\\blast_update\\b");

  private final PostgresCluster cluster;

  OrmRoutingTest(PostgresCluster cluster) {
    this.cluster = cluster;
    cluster.resetDatabase();
  }

  private Connection routed() throws SQLException {
    return DriverManager.getConnection(
        cluster.jdbcUrl("jdbc:baton:postgresql:") + "?baton.reads=auto&baton.consistency=eventual",
        cluster.user(),
        cluster.password());
  }

  private SessionFactory sessions(Set<String> made) {
    StatementInspector inspector =
        sql -> {
          made.add(sql);
          return sql;
        };
    return new Configuration()
        .addAnnotatedClass(Customer.class)
        .addAnnotatedClass(Purchase.class)
        .addAnnotatedClass(Payment.class)
        .addAnnotatedClass(CardPayment.class)
        .buildSessionFactory(
            new StandardServiceRegistryBuilder()
                .applySetting(
                    AvailableSettings.JAKARTA_JDBC_URL,
                    cluster.jdbcUrl("jdbc:baton:postgresql:")
                        + "?baton.reads=auto&baton.consistency=eventual")
                .applySetting(AvailableSettings.JAKARTA_JDBC_USER, cluster.user())
                .applySetting(AvailableSettings.JAKARTA_JDBC_PASSWORD, cluster.password())
                .applySetting(AvailableSettings.AUTOCOMMIT, "true")
                .applySetting(AvailableSettings.CONNECTION_HANDLING, "DELAYED_ACQUISITION_AND_HOLD")
                .applySetting(AvailableSettings.HBM2DDL_AUTO, "create")
                .applySetting(AvailableSettings.STATEMENT_INSPECTOR, inspector)
                .build());
  }

  @Test
  @Tag("campaign")
  void statements_ofOrms_runOnStandbysOnlyIfTheyJustRead() throws Exception {
    Set<String> made = Collections.synchronizedSet(new LinkedHashSet<>());
    try (SessionFactory sessions = sessions(made)) {
      try (Connection direct = cluster.primary().connect()) {
        execute(
            direct,
            """
            create function draw() returns int8 volatile language sql as
              'select nextval(''customer_seq'')';
            create function price(int8) returns numeric stable language sql as
              'select credit from customer where id = $1';
            create view rich as select id, name from customer where credit > 5;
            create view drawing as select id, draw() from customer;
            """);
      }
      long id = write(sessions);
      read(sessions, id);
      cluster.awaitReplication();
      outsideOfTransactions(sessions, id);
    }
    int byHibernate = made.size();
    assertThat(byHibernate).isGreaterThan(55);
    made.addAll(ofOthers());

    judgeAndRun(List.copyOf(made), byHibernate);
  }

  // ------------------------------------------------------------------------------- by Hibernate

  private static long write(SessionFactory sessions) {
    Customer customer = new Customer();
    customer.name = "Ann";
    customer.tags.add("new");
    Purchase purchase = new Purchase();
    purchase.customer = customer;
    sessions.inTransaction(
        session -> {
          session.persist(customer);
          session.persist(purchase);
          CardPayment payment = new CardPayment();
          payment.card = "1";
          session.persist(payment);
        });
    long id = Objects.requireNonNull(customer.id);
    sessions.inTransaction(session -> session.find(Customer.class, id).name = "Anne");
    for (LockModeType mode :
        List.of(
            LockModeType.PESSIMISTIC_READ,
            LockModeType.PESSIMISTIC_WRITE,
            LockModeType.PESSIMISTIC_FORCE_INCREMENT,
            LockModeType.OPTIMISTIC,
            LockModeType.OPTIMISTIC_FORCE_INCREMENT)) {
      sessions.inTransaction(session -> session.find(Customer.class, id, mode));
      sessions.inTransaction(
          session ->
              session
                  .createQuery("from Customer c where c.name = :name", Customer.class)
                  .setParameter("name", "Anne")
                  .setLockMode(mode)
                  .getResultList());
    }
    for (LockMode mode : List.of(LockMode.UPGRADE_NOWAIT, LockMode.PESSIMISTIC_WRITE)) {
      sessions.inTransaction(
          session -> {
            Customer locked = session.find(Customer.class, id);
            session.lock(locked, mode);
            session.refresh(locked);
          });
    }
    for (String change :
        List.of(
            "update Customer set credit = credit + 1 where name like 'A%'",
            "update versioned Customer c set c.name = upper(c.name) where size(c.tags) > 3",
            "delete from Purchase p where p.customer.name = 'nobody'",
            "delete from CardPayment where amount < 0",
            "update CardPayment set card = '2', amount = amount + 1 where amount > 100",
            "insert into Customer (name, credit, since, version) select c.name, c.credit, c.since,"
                + " 0 from Customer c where c.id < 0",
            "insert into Customer (id, name, credit, since, version) values (9000, 'Zed', 1,"
                + " local date, 0) on conflict (id) do update set name = excluded.name")) {
      sessions.inTransaction(session -> session.createMutationQuery(change).executeUpdate());
    }
    sessions.inStatelessTransaction(
        session -> {
          Customer other = new Customer();
          other.id = 9001L;
          other.name = "Bob";
          session.upsert(other);
          session.insert(new Purchase());
        });
    sessions.inTransaction(
        session -> {
          Customer gone = new Customer();
          session.persist(gone);
          session.flush();
          session.remove(gone);
        });
    return id;
  }

  private static void read(SessionFactory sessions, long id) {
    for (String query :
        List.of(
            "select p from Purchase p join fetch p.customer c left join fetch c.tags",
            "select c.name, count(p), sum(p.total) from Customer c left join c.purchases p group by"
                + " c.name having count(p) > 0 order by c.name nulls last",
            "select c from Customer c where exists (select 1 from Purchase p where p.customer = c)",
            "select c from Customer c where size(c.purchases) > 1 or 'new' member of c.tags",
            "select c from Customer c where c.purchases is empty and lower(c.name) like 'a\\%%'"
                + " escape '\\'",
            "select coalesce(c.name, ''), nullif(c.name, 'x'), substring(c.name, 1, 2),"
                + " locate('n', c.name), length(trim(c.name)), concat(c.name, '-', c.id) from"
                + " Customer c",
            "select current_timestamp, current_date, local datetime, extract(year from c.since),"
                + " c.since + 1 day from Customer c",
            "select round(c.credit, 1), power(c.credit, 2), mod(c.id, 3), abs(c.credit),"
                + " greatest(c.credit, 1) from Customer c",
            "select case when c.credit > 5 then 'rich' else 'poor' end, cast(c.id as string) from"
                + " Customer c",
            "select c.name, row_number() over (partition by c.since order by c.credit desc) from"
                + " Customer c",
            "select listagg(c.name, ', ') within group (order by c.name) from Customer c",
            "select c.name from Customer c union select p.status || '' from Purchase p",
            "with best as (select c.id as id, c.credit as credit from Customer c) select"
                + " max(b.credit) from best b",
            "select type(p), p.amount, treat(p as CardPayment).card from Payment p",
            "select distinct c.since from Customer c where c.credit between 1 and 100 and c.name"
                + " ilike 'a%' and c.id in (1, 2, 3)",
            "select c from Customer c order by c.name offset 1 rows fetch first 5 rows only",
            "select function('md5', c.name) from Customer c",
            "select function('price', c.id) from Customer c",
            "select function('draw') from Customer c",
            "select function('random') from Customer c",
            "select count(*) from Customer c where (c.name, c.version) = ('Anne', 1)")) {
      sessions.inTransaction(session -> session.createSelectionQuery(query, Object.class).list());
    }
    sessions.inTransaction(
        session -> {
          Customer customer = session.find(Customer.class, id);
          assertThat(customer.purchases).hasSize(1);
          assertThat(customer.tags).hasSize(1);
          session.refresh(customer);
          session.findMultiple(Customer.class, List.of(id, id + 1, id + 2));
          session.createQuery("from Customer", Customer.class).setMaxResults(3).list();
          var builder = session.getCriteriaBuilder();
          var criteria = builder.createQuery(Purchase.class);
          var root = criteria.from(Purchase.class);
          criteria.where(builder.equal(root.get("status"), OrmModel.Status.OPEN));
          session.createQuery(criteria).list();
        });
    for (String query :
        List.of(
            "select * from customer where id = :id",
            "select name from rich",
            "select * from drawing",
            "select draw() from customer where id = :id",
            "select nextval('customer_seq')",
            "select id from customer where id = :id for update skip locked",
            "with moved as (update customer set credit = credit where id = :id returning id)"
                + " select id from moved",
            "select cast(json_agg(c.name) as text) from customer c where c.id = :id")) {
      sessions.inTransaction(
          session -> {
            var asked = session.createNativeQuery(query, Object.class);
            if (query.contains(":id")) {
              asked.setParameter("id", id);
            }
            asked.list();
          });
    }
  }

  /** Hibernate itself, without transactions. */
  private void outsideOfTransactions(SessionFactory sessions, long id) {
    try (Session session = sessions.openSession()) {
      session.doWork(connection -> awaitReaders(connection, 1));
      // Another client made a function that ran: the catalogue is read before it is judged.
      Awaitility.await()
          .untilAsserted(
              () -> {
                session.clear();
                assertThat(session.find(Customer.class, id).purchases).hasSize(1);
                assertThat(place(session)).isEqualTo(at(cluster.standbys().get(0)));
              });
      session.createQuery("from Purchase p join fetch p.customer", Purchase.class).list();
      assertThat(place(session)).isEqualTo(at(cluster.standbys().get(0)));
      session.createNativeQuery("select nextval('customer_seq')", Long.class).getSingleResult();
      assertThat(place(session)).isEqualTo(at(cluster.primary()));
      session.createNativeQuery("select draw()", Long.class).getSingleResult();
      assertThat(place(session)).isEqualTo(at(cluster.primary()));
    } catch (PersistenceException failed) {
      throw new AssertionError(failed);
    }
  }

  private static String place(Session session) {
    return session.doReturningWork(
        connection -> connection.unwrap(BatonConnection.class).currentEndpoint());
  }

  // ------------------------------------------------------------------------------- judged and run

  private static List<String> ofOthers() throws IOException {
    try (InputStream in = OrmRoutingTest.class.getResourceAsStream("orm-statements.sql")) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      return text.lines().filter(line -> !line.isBlank() && !line.startsWith("--")).toList();
    }
  }

  private void judgeAndRun(List<String> statements, int byHibernate) throws SQLException {
    List<String> wrong = new ArrayList<>();
    List<String> missed = new ArrayList<>();
    int plain = 0;
    int onStandby = 0;
    String writer = at(cluster.primary());
    try (Connection routed = routed();
        Connection primary = cluster.primary().connect();
        Connection standby = cluster.standbys().get(0).connect()) {
      awaitReaders(routed, 1);
      BatonConnection baton = routed.unwrap(BatonConnection.class);
      for (String sql : statements) {
        boolean needsTheWriter =
            NEEDS_THE_WRITER.matcher(HARMLESS.matcher(sql).replaceAll("")).matches()
                || sql.contains("draw");
        boolean judgedARead = baton.explainRoute(sql).startsWith("reader");
        String outcome = run(routed, sql);
        boolean ranOnStandby = !baton.currentEndpoint().equals(writer);
        if (outcome.startsWith("42")) {
          wrong.add("is no statement, " + outcome + ": " + sql);
        }
        if (judgedARead != ranOnStandby) {
          wrong.add(
              "judged a read: " + judgedARead + ", on a standby: " + ranOnStandby + ": " + sql);
        }
        if (!needsTheWriter) {
          plain++;
          if (!ranOnStandby) {
            missed.add(sql);
          }
        }
        if (ranOnStandby) {
          onStandby++;
          if (needsTheWriter) {
            wrong.add("on a standby: " + sql);
          }
          if (!outcome.isEmpty() || !run(standby, sql).isEmpty()) {
            wrong.add("fails on a standby, " + outcome + ": " + sql);
          }
          String trace = trace(primary, sql);
          if (!trace.isEmpty()) {
            wrong.add("leaves " + trace + ": " + sql);
          }
        }
      }
    }
    System.out.println(
        "%d of %d plain queries ran on the standby; %d statements, %d of them by Hibernate"
            .formatted(onStandby, plain, statements.size(), byHibernate));
    assertThat(wrong).isEmpty();
    assertThat(missed).isEmpty();
    assertThat(onStandby).isPositive();
    assertThat(statements.size() - plain).isPositive();
  }

  /** Runs a statement with parameters of the types that it asks for; the SQLState if it fails. */
  private static String run(Connection connection, String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      ParameterMetaData wanted = statement.getParameterMetaData();
      for (int i = 1; i <= wanted.getParameterCount(); i++) {
        switch (wanted.getParameterType(i)) {
          case Types.SMALLINT, Types.INTEGER, Types.BIGINT, Types.NUMERIC, Types.DOUBLE ->
              statement.setObject(i, 1, wanted.getParameterType(i));
          case Types.VARCHAR -> statement.setString(i, "a");
          default -> statement.setNull(i, wanted.getParameterType(i));
        }
      }
      statement.execute();
      return "";
    } catch (SQLException failure) {
      return String.valueOf(failure.getSQLState());
    }
  }

  /** What a statement leaves that only a writer can have. */
  private static String trace(Connection primary, String sql) throws SQLException {
    primary.setAutoCommit(false);
    try {
      return run(primary, sql)
          + ask(
              primary,
              """
              select concat_ws(', ', 'transaction ' || pg_current_xact_id_if_assigned(),
                (select string_agg(locktype || ' ' || mode, ', ') from pg_locks
                  where pid = pg_backend_pid() and locktype <> 'virtualxid'
                    and mode <> 'AccessShareLock'))
              """);
    } finally {
      primary.rollback();
      primary.setAutoCommit(true);
    }
  }
}

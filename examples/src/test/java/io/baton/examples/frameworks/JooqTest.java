package io.baton.examples.frameworks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.table;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import org.jooq.CloseableDSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SQLDialect;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.Test;

/** jOOQ with the URL alone: it finds its dialect, too. */
@PostgresTest(standbys = 2, synchronous = true)
class JooqTest {

  private static final Table<Record> BOOK = table(name("book"));
  private static final Field<Integer> ID = field(name("id"), SQLDataType.INTEGER.identity(true));
  private static final Field<String> TITLE = field(name("title"), SQLDataType.VARCHAR);

  @Test
  void transaction_losesItsServer_andGoesOn(PostgresCluster cluster) {
    try (CloseableDSLContext database =
        DSL.using(Servers.url(cluster), cluster.user(), cluster.password())) {
      assertThat(database.dialect().family()).isEqualTo(SQLDialect.POSTGRES);
      database.createTable(BOOK).column(ID).column(TITLE).execute();
      int before = port(database);

      Integer second =
          database.transactionResult(
              transaction -> {
                insert(transaction.dsl(), "1984");
                cluster.failover();
                return insert(transaction.dsl(), "Animal Farm");
              });

      assertThat(second).isEqualTo(2);
      assertThat(port(database)).isNotEqualTo(before);
      assertThat(database.select(TITLE).from(BOOK).orderBy(ID).fetch(TITLE))
          .containsExactly("1984", "Animal Farm");
    }
  }

  private static Integer insert(org.jooq.DSLContext database, String title) {
    return database.insertInto(BOOK, TITLE).values(title).returning(ID).fetchSingle().get(ID);
  }

  private static int port(org.jooq.DSLContext database) {
    return database.fetchSingle(Servers.PORT).get(0, int.class);
  }
}

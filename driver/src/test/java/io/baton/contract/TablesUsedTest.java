package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.sql.StatementAnalyzer;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which tables statements read and write, as the catalogue shows it. */
@PostgresTest
class TablesUsedTest {

  private static final String DEFINITIONS =
      """
      drop schema public cascade; create schema public;
      create table plain (id int primary key, n int, at timestamptz default now());
      create table other (id serial primary key, n int);
      create table parent (id int primary key);
      create table child (id int references parent on delete cascade);
      create table grandchild (id int references parent on update set null);
      create table loose (id int references parent);
      create table parts (id int) partition by range (id);
      create table part partition of parts for values from (0) to (10);
      create table audit (id int);
      create table audited (id int);
      create function audits() returns trigger language plpgsql as
        'begin insert into audit values (new.id); return new; end';
      create trigger audits after insert on audited for each row execute function audits();
      create view looks as select p.id, o.n from plain p join other o using (id);
      create view deeper as select * from looks;
      create function reads() returns bigint stable language sql as 'select count(*) from plain';
      create function writes() returns int volatile language sql as
        'insert into other (n) values (1) returning id';
      create function hides() returns int stable language sql as 'select writes()';
      create view calling as select reads() as n;
      create materialized view kept as select * from plain;
      create table ruled (id int);
      create rule leads as on insert to ruled do also insert into other (n) values (new.id);
      create table checked (id int check (hides() > 0));
      create table guarded (id int);
      alter table guarded enable row level security;
      create policy guards on guarded using (exists (select from plain));
      """;

  private final PostgresCluster cluster;
  private final FunctionCatalogue catalogue = new FunctionCatalogue();
  private final StatementAnalyzer analyzer = new StatementAnalyzer();

  TablesUsedTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  @BeforeEach
  void read() throws SQLException {
    try (Connection superuser = cluster.primary().connectAsSuperuser();
        Statement statement = superuser.createStatement()) {
      statement.execute(DEFINITIONS);
      catalogue.refresh(superuser);
    }
  }

  private Object written(String sql) {
    return String.valueOf(sorted(catalogue.tablesWritten(analyzer.analyze(sql))));
  }

  private Object read(String sql) {
    return String.valueOf(sorted(catalogue.tablesRead(analyzer.analyze(sql))));
  }

  private static Object sorted(@Nullable Iterable<String> names) {
    if (names == null) {
      return "all";
    }
    TreeSet<String> sorted = new TreeSet<>();
    names.forEach(sorted::add);
    return sorted;
  }

  @Test
  void write_isOfItsTarget_andOfWhatFollowsFromIt() {
    assertThat(written("insert into plain (id, n) values (1, 2)")).isEqualTo("[plain]");
    assertThat(written("INSERT INTO public.\"plain\" VALUES (?, ?) RETURNING id"))
        .isEqualTo("[plain]");
    assertThat(written("insert into other (n) values (1)")).isEqualTo("[other]");
    assertThat(written("insert into plain values (1) on conflict (id) do update set n = 3"))
        .isEqualTo("[plain]");
    assertThat(written("update plain set n = 1 from looks l where l.id = plain.id"))
        .isEqualTo("[plain]");
    assertThat(written("with x as (select 1 as n) update plain set n = x.n from x"))
        .isEqualTo("[plain]");
    assertThat(written("delete from parent")).isEqualTo("[child, grandchild, parent]");
    assertThat(written("delete from only loose")).isEqualTo("[loose]");
    assertThat(written("insert into parts values (1)")).isEqualTo("[part, parts]");
    assertThat(written("insert into ruled values (1)")).isEqualTo("[other, ruled]");
    assertThat(written("update looks set n = 1")).isEqualTo("[looks, other, plain]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "insert into audited values (1)",
        "insert into plain values (hides())",
        "insert into plain values (writes())",
        "insert into plain select n from calling",
        "insert into checked values (1)",
        "with gone as (delete from other returning id) insert into plain select id from gone",
        "insert into plain values (1); insert into other (n) values (2)",
        "insert into unheard_of values (1)",
        "merge into plain p using other o on p.id = o.id when matched then delete when not matched"
            + " then insert values (writes())",
        "truncate plain",
        "copy plain from stdin",
        "explain analyze update plain set n = 1",
        "select writes()",
        "select n into copied from plain",
        "create table new_one (id int)",
        "refresh materialized view kept",
        "call unheard_of()",
        "do 'begin end'",
        "execute prepared",
        "vacuum plain",
        "update kept set n = 1",
        "update pg_class set relname = relname",
        "select lo_create(0)",
        "insert into plain values (lo_create(0)::int)",
      })
  void write_thatIsNotUnderstood_isOfAllTables(String sql) {
    assertThat(written(sql)).isEqualTo("all");
  }

  @Test
  void read_isOfWhatItNames_andOfWhatViewsAndPoliciesName() {
    assertThat(read("select n from plain where id = ?")).isEqualTo("[plain]");
    assertThat(read("select p.n, count(*) from plain p, other as o group by 1"))
        .isEqualTo("[other, plain]");
    assertThat(read("select * from looks")).isEqualTo("[looks, other, plain]");
    assertThat(read("select * from deeper")).isEqualTo("[deeper, looks, other, plain]");
    assertThat(read("table parts")).isEqualTo("[part, parts]");
    assertThat(read("select * from guarded")).isEqualTo("[guarded, plain]");
    assertThat(read("with x as (select * from plain) select * from x")).isEqualTo("[plain]");
    assertThat(read("select now()")).isEqualTo("[]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select reads()",
        "select n, hides() from plain",
        "select * from calling",
        "select * from kept",
        "select last_value from other_id_seq",
        "select * from pg_sequences",
        "select * from pg_class",
        "update plain set n = 1",
      })
  void read_thatIsNotUnderstood_isOfAllTables(String sql) {
    assertThat(read(sql)).isEqualTo("all");
  }

  @Test
  void definition_leavesNothingCertainOfWhatItNames() {
    catalogue.changed(
        analyzer.analyze("create or replace view looks as select 1 as n").catalogueChange(), true);

    assertThat(read("select n from looks")).isEqualTo("all");
    assertThat(read("select n from deeper")).isEqualTo("all");
    assertThat(read("select n from plain")).isEqualTo("[plain]");
    catalogue.invalidate();
    assertThat(read("select n from plain")).isEqualTo("all");
    assertThat(written("update plain set n = 1")).isEqualTo("all");
  }
}

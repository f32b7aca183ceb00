package io.baton.jdbc;

import static io.baton.jdbc.ReplicatedClusters.superuser;
import static io.baton.jdbc.Sql.ask;
import static io.baton.jdbc.Sql.execute;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.baton.failover.cutover.CutoverFinding;
import io.baton.failover.cutover.CutoverRehearsal;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a rehearsal finds, of two clusters with real replication between them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("campaign")
class CutoverRehearsalTest {

  private static final String SCHEMA =
      """
      create table account (id int primary key, balance bigint not null default 0);
      create table entry (id bigint generated always as identity primary key, what text);
      create table event (id int, day int, primary key (id, day)) partition by list (day);
      create table event_monday partition of event for values in (1);
      create sequence ticket;
      create type mood as enum ('calm', 'cross');
      create domain cents as bigint check (value >= 0);
      create view rich as select id from account where balance > 1000;
      create function twice(n int) returns int language sql as 'select n * 2';
      create function touch() returns trigger language plpgsql as 'begin return new; end';
      create trigger touched before update on account for each row execute function touch();
      create index entry_what on entry (what) where what > 'a';
      create policy own on entry using (what <> '');
      alter table event enable row level security
      """;

  /** A damage to one side or both, and how it is undone, on the old side first. */
  private record Damage(
      String finding,
      boolean obstacle,
      String here,
      String there,
      String undoneHere,
      String undoneThere) {

    @Override
    public String toString() {
      return finding;
    }
  }

  private final ReplicatedClusters clusters =
      ReplicatedClusters.start(
          SCHEMA, "insert into account select i, 1000 from generate_series(1, 20) i");
  private final PostgresCluster old = clusters.old();
  private final PostgresCluster successor = clusters.successor();
  private final Connection here = superuser(old).getConnection();
  private final Connection there = superuser(successor).getConnection();
  private final Connection application = old.primary().connect();

  CutoverRehearsalTest() throws SQLException {
    for (Connection side : List.of(here, there)) {
      execute(side, "create role clerk");
      execute(side, "grant select on account to clerk");
    }
  }

  @AfterAll
  void close() throws SQLException {
    application.close();
    here.close();
    there.close();
    clusters.close();
  }

  private List<CutoverFinding> rehearse() throws SQLException {
    return CutoverRehearsal.rehearse(here, there);
  }

  private void assertNothingFound() {
    await().untilAsserted(() -> assertThat(rehearse()).isEmpty());
  }

  private static ConditionFactory await() {
    return Awaitility.await().pollDelay(Duration.ZERO).pollInSameThread();
  }

  private static Damage here(boolean obstacle, String finding, String damage, String undone) {
    return new Damage(finding, obstacle, damage, "", undone, "");
  }

  private static Damage there(boolean obstacle, String finding, String damage, String undone) {
    return new Damage(finding, obstacle, "", damage, "", undone);
  }

  private static void executeAll(Connection side, String script) throws SQLException {
    for (String sql : script.split(";", -1)) {
      if (!sql.isBlank()) {
        execute(side, sql);
      }
    }
  }

  private static Predicate<CutoverFinding> says(boolean obstacle, String text) {
    return finding -> finding.obstacle() == obstacle && finding.what().contains(text);
  }

  @Test
  void preparedPair_hasNoFindings() {
    assertNothingFound();
  }

  static Stream<Damage> damages() {
    String another = "create subscription another connection 'port=1' publication everything with";
    String noMore =
        "alter subscription another disable;"
            + " alter subscription another set (slot_name = none); drop subscription another";
    return Stream.of(
        // servers
        here(
            true,
            "Transactions of the old database are prepared, for more than a second: half",
            "begin; update account set balance = 1 where id = 1; prepare transaction 'half';"
                + " select pg_sleep(1.1)",
            "rollback prepared 'half'"),
        here(
            true,
            "The old database receives changes itself, by its subscriptions: another",
            another + " (connect = false); alter subscription another enable",
            noMore),
        there(
            true,
            "The successor takes fewer sessions than there are now: 1 here, 0 over there",
            "alter database app connection limit 0",
            "alter database app connection limit -1"),
        // rights
        here(
            true,
            "The table baton.cutover of the old database belongs to another role",
            "create schema baton; create table baton.cutover (); create role impostor;"
                + " alter table baton.cutover owner to impostor",
            "drop schema baton cascade; drop role impostor"),
        // replication
        there(
            true,
            "The new database has no enabled subscription",
            "alter subscription everything disable",
            "alter subscription everything enable"),
        there(
            true,
            "Subscriptions have no slot in the old database: nowhere",
            another
                + " (connect = false, slot_name = 'nowhere'); alter subscription another enable",
            noMore),
        new Damage(
            "Replication has stopped, for nobody reads the slot: idle",
            true,
            "select pg_create_logical_replication_slot('idle', 'pgoutput')",
            another + " (connect = false, slot_name = 'idle'); alter subscription another enable",
            "select pg_drop_replication_slot('idle')",
            noMore),
        new Damage(
            "Replication lags behind: idle by 2",
            false,
            "select pg_create_logical_replication_slot('idle', 'pgoutput');"
                + " select pg_logical_emit_message(true, 'padding', repeat('x', 20 * 1024 * 1024))",
            another + " (connect = false, slot_name = 'idle'); alter subscription another enable",
            "select pg_drop_replication_slot('idle')",
            noMore),
        new Damage(
            "Tables are not in step yet: public.late",
            true,
            "create table late (id int primary key); insert into late values (1)",
            "create table late (id int primary key); insert into late values (1);"
                + " alter subscription everything refresh publication",
            "drop table late",
            "alter subscription everything refresh publication; drop table late"),
        new Damage(
            "Tables are published that no subscription knows: public.unknown",
            true,
            "create table unknown (id int primary key)",
            "create table unknown (id int primary key)",
            "drop table unknown",
            "drop table unknown"),
        new Damage(
            "Tables are in no publication that is subscribed to: public.entry",
            true,
            "create publication few for table account, event",
            "alter subscription everything set publication few with (refresh = false)",
            "",
            "alter subscription everything set publication everything with (refresh = false)"),
        here(
            false,
            "Tables with UPDATE and DELETE published have no replica identity: public.event_monday",
            "alter table event_monday replica identity nothing",
            "alter table event_monday replica identity default; drop publication if exists few"),
        here(
            true,
            "Publications leave out operations: everything delete truncate",
            "alter publication everything set (publish = 'insert, update')",
            "alter publication everything set (publish = 'insert, update, delete, truncate')"),
        new Damage(
            "Publications leave out rows or columns: public.account in fewer",
            true,
            "create publication fewer for table account where (id > 3)",
            "alter subscription everything add publication fewer with (refresh = false)",
            "",
            "alter subscription everything drop publication fewer with (refresh = false)"),
        // what is not carried
        new Damage(
            "Unlogged tables with rows, which replication does not carry: public.scratch",
            false,
            "create unlogged table scratch (id int); insert into scratch values (1)",
            "create unlogged table scratch (id int)",
            "drop table scratch",
            "drop table scratch"),
        here(
            true,
            "Large objects, which replication does not carry: 1 here, 0 over there",
            "select lo_create(4711)",
            "select lo_unlink(4711)"),
        here(
            false,
            "Materialized views, whose rows replication does not carry: public.sums",
            "create materialized view sums as select 1 as one",
            "drop materialized view sums"),
        // schema
        here(true, "Schemas missing over there: shop", "create schema shop", "drop schema shop"),
        here(
            true,
            "Tables and composite types missing over there: public.basket",
            "create table basket (id int primary key)",
            "drop table basket"),
        there(
            false,
            "Tables and composite types different over there: public.entry (table; over there unlogged table)",
            "alter table entry set unlogged",
            "alter table entry set logged"),
        here(
            false,
            "Partitions missing over there: public.event_tuesday",
            "create table event_tuesday partition of event for values in (2)",
            "drop table event_tuesday"),
        here(
            true,
            "Columns missing over there: public.entry.note",
            "alter table entry add note text",
            "alter table entry drop note"),
        there(
            true,
            "Columns different over there: public.event.id (integer not null; over there bigint not null)",
            "alter table event alter id type bigint",
            "alter table event alter id type int"),
        there(
            true,
            "public.entry.id (bigint not null identity always; over there bigint not null)",
            "alter table entry alter id drop identity",
            "alter table entry alter id add generated always as identity"),
        there(
            true,
            "Defaults and generating expressions of columns missing over there: public.account.balance",
            "alter table account alter balance drop default",
            "alter table account alter balance set default 0"),
        there(
            false,
            "columns different over there: public.account.balance (0; over there 1)",
            "alter table account alter balance set default 1",
            "alter table account alter balance set default 0"),
        there(
            false,
            "Columns that only the new database has: public.entry.more",
            "alter table entry add more int",
            "alter table entry drop more"),
        there(
            true,
            "Columns NOT NULL without a default that only the new database has: public.entry.more",
            "alter table entry add more int not null",
            "alter table entry drop more"),
        here(
            true,
            "Sequences missing over there: public.number",
            "create sequence number",
            "drop sequence number"),
        there(
            true,
            "Sequences different over there: public.ticket",
            "alter sequence ticket increment 2",
            "alter sequence ticket increment 1"),
        here(
            true,
            "Enums, domains and ranges missing over there: public.span",
            "create type span as range (subtype = int4)",
            "drop type span"),
        there(
            true,
            "ranges different over there: public.mood (calm, cross; over there calm, angry)",
            "alter type mood rename value 'cross' to 'angry'",
            "alter type mood rename value 'angry' to 'cross'"),
        there(
            true,
            "ranges different over there: public.cents",
            "alter domain cents set not null",
            "alter domain cents drop not null"),
        here(
            true,
            "Views and materialized views missing over there: public.poor",
            "create view poor as select 1 as one",
            "drop view poor"),
        here(
            true,
            "Extensions missing over there: citext",
            "create extension citext",
            "drop extension citext"),
        // programs
        here(
            true,
            "Functions and procedures missing over there: public.thrice(n integer)",
            "create function thrice(n int) returns int language sql as 'select n * 3'",
            "drop function thrice"),
        there(
            false,
            "Functions and procedures different over there: public.twice(n integer)",
            "create or replace function twice(n int) returns int language sql as 'select n + n'",
            "create or replace function twice(n int) returns int language sql as 'select n * 2'"),
        here(
            true,
            "Triggers missing over there: again of public.account",
            "create trigger again before update on account for each row execute function touch()",
            "drop trigger again on account"),
        there(
            false,
            "Triggers different over there: touched of public.account",
            "alter table account disable trigger touched",
            "alter table account enable trigger touched"),
        there(
            false,
            "Triggers over there fire while changes are applied: touched of public.account",
            "alter table account enable always trigger touched",
            "alter table account enable trigger touched"),
        here(
            true,
            "Constraints missing over there: solvent of public.account",
            "alter table account add constraint solvent check (balance > -1000)",
            "alter table account drop constraint solvent"),
        new Damage(
            "Constraints different over there: solvent of public.entry",
            false,
            "alter table entry add constraint solvent check (id > 1)",
            "alter table entry add constraint solvent check (id > 2)",
            "alter table entry drop constraint solvent",
            "alter table entry drop constraint solvent"),
        here(
            true,
            "Unique indexes missing over there: public.entry_once",
            "create unique index entry_once on entry (what)",
            "drop index entry_once"),
        there(
            false,
            "Indexes missing over there: public.entry_what",
            "alter index entry_what rename to entry_which",
            "alter index entry_which rename to entry_what"),
        there(
            true,
            "Row-level security of tables different over there: public.event (on; over there off)",
            "alter table event disable row level security",
            "alter table event enable row level security"),
        there(
            true,
            "Policies missing over there: own of public.entry",
            "alter policy own on entry rename to mine",
            "alter policy mine on entry rename to own"),
        there(
            true,
            "Policies different over there: own of public.entry",
            "alter policy own on entry using (true)",
            "alter policy own on entry using (what <> '')"),
        // roles
        here(
            true,
            "Roles missing over there: guest",
            "create role guest; grant select on account to guest",
            "revoke select on account from guest; drop role guest"),
        there(
            true,
            "The right to log in of roles is different over there: app (login; over there nologin)",
            "alter role app nologin",
            "alter role app login"),
        there(
            false,
            "Attributes of roles are different over there: app",
            "alter role app createdb",
            "alter role app nocreatedb"),
        here(
            true,
            "Memberships of roles are missing over there: app in clerk",
            "grant clerk to app",
            "revoke clerk from app"),
        there(
            true,
            "USAGE on schemas is missing over there: public for clerk",
            "revoke usage on schema public from public",
            "grant usage on schema public to public"),
        here(
            false,
            "CREATE on schemas is missing over there: public for clerk",
            "grant create on schema public to clerk",
            "revoke create on schema public from clerk"),
        there(
            true,
            "Privileges on tables are missing over there: SELECT on public.account for clerk",
            "revoke select on account from clerk",
            "grant select on account to clerk"),
        here(
            true,
            "Settings by which statements mean another thing are missing over there: search_path of the database",
            "alter database app set search_path = shop, public",
            "alter database app reset search_path"),
        here(
            true,
            "mean another thing are missing over there: TimeZone of the role app in the database",
            "alter role app in database app set timezone = 'Asia/Tokyo'",
            "alter role app in database app reset timezone"),
        here(
            false,
            "Settings are missing over there: work_mem of the role app",
            "alter role app set work_mem = '8MB'",
            "alter role app reset work_mem"),
        here(
            false,
            "Settings that the new version has no more, or does not show: force_parallel_mode of the database",
            "alter database app set force_parallel_mode = off",
            "alter database app reset force_parallel_mode"));
  }

  @ParameterizedTest
  @MethodSource("damages")
  void damage_isFound_andIsGoneWhenItIsUndone(Damage damage) throws SQLException {
    try {
      executeAll(here, damage.here());
      executeAll(there, damage.there());
      await()
          .untilAsserted(
              () -> assertThat(rehearse()).anyMatch(says(damage.obstacle(), damage.finding())));
    } finally {
      executeAll(here, damage.undoneHere());
      executeAll(there, damage.undoneThere());
    }
    assertNothingFound();
  }

  @Test
  void serversThatDoNotFit_areFound() throws SQLException {
    assertThat(CutoverRehearsal.rehearse(there, here))
        .anyMatch(says(true, "The version of the successor is lower: 18 here, 15 over there"))
        .anyMatch(says(true, "The old server's wal_level is not logical: replica"));
    try (Connection same = superuser(old).getConnection()) {
      assertThat(CutoverRehearsal.rehearse(here, same))
          .anyMatch(says(true, "Both connections lead to servers of one cluster"));
    }
    try (PostgresCluster plain = PostgresCluster.builder().start();
        Connection unprepared = superuser(plain).getConnection()) {
      assertThat(CutoverRehearsal.rehearse(here, unprepared))
          .anyMatch(says(true, "The successor takes no prepared transactions"));
    }
    execute(there, "create database other template template0 encoding 'LATIN1' locale 'C'");
    try (Connection other =
        successor
            .primary()
            .connect("other", successor.superuser(), successor.superuserPassword())) {
      assertThat(CutoverRehearsal.rehearse(here, other))
          .anyMatch(says(true, "encoding of the database is different over there: the database"))
          .anyMatch(says(true, "The new database has no enabled subscription"));
    }
    execute(there, "drop database other");
  }

  @Test
  void standby_isFound_andAskedNothingMore() throws SQLException {
    PostgresNode standby = old.addStandby();
    try (Connection reader = standby.connectAsSuperuser()) {
      assertThat(CutoverRehearsal.rehearse(reader, there))
          .singleElement()
          .matches(says(true, "The connection to the old database does not lead to a writer"));
      assertThat(CutoverRehearsal.rehearse(here, reader))
          .singleElement()
          .matches(says(true, "The connection to the new database does not lead to a writer"));
    }
  }

  @Test
  void rightsOfTheConnections_areFound() throws SQLException {
    execute(here, "create role stranger login password 'stranger'");
    try (Connection owner = old.primary().connect();
        Connection overThere =
            successor.primary().connect(successor.database(), old.user(), old.password());
        Connection stranger = old.primary().connect(old.database(), "stranger", "stranger")) {
      assertThat(CutoverRehearsal.rehearse(owner, overThere))
          .noneMatch(says(true, "does not own the database"))
          .anyMatch(says(true, "The role of the old connection may not end sessions: app"))
          .anyMatch(says(true, "The role of the old connection does not see what others do: app"))
          .anyMatch(says(false, "Sessions of superusers are open, which only a superuser may end"))
          .anyMatch(
              says(true, "The role of the new connection may not disable the subscription: every"));
      assertThat(CutoverRehearsal.rehearse(stranger, there))
          .anyMatch(
              says(true, "connection does not own the database, whose owner is " + old.user()));
    } finally {
      execute(here, "drop role stranger");
    }
  }

  @Test
  void rightsOnTheSuccessor_areFound() throws SQLException {
    execute(there, "create role stranger login password 'stranger'");
    try (Connection stranger =
        successor.primary().connect(successor.database(), "stranger", "stranger")) {
      assertThat(CutoverRehearsal.rehearse(here, stranger))
          .anyMatch(says(true, "may not set sequences: public.entry_id_seq, public.ticket"))
          .anyMatch(says(true, "may not create the schema baton in the database: app"));
    } finally {
      execute(there, "drop role stranger");
    }
  }

  /** Whatever is written takes a number of a transaction, also in a catalogue. */
  @Test
  void rehearsal_changesNothing_norTheSessions() throws SQLException {
    String next = "select pg_snapshot_xmax(pg_current_snapshot())::text";
    String session =
        "select concat_ws(' ', current_setting('search_path'), current_setting('timezone'),"
            + " current_setting('transaction_read_only'), current_setting('lock_timeout'))";
    // The servers do work of their own now and then; a rehearsal that writes would do so each time.
    await()
        .untilAsserted(
            () -> {
              List<String> before =
                  List.of(
                      ask(here, next), ask(there, next), ask(here, session), ask(there, session));
              rehearse();
              assertThat(
                      List.of(
                          ask(here, next),
                          ask(there, next),
                          ask(here, session),
                          ask(there, session)))
                  .isEqualTo(before);
            });
    assertThat(here.getAutoCommit()).isTrue();
    assertThat(there.getAutoCommit()).isTrue();
  }

  /** The rehearsal runs as a superuser: what others have put in its way must not run with it. */
  @Test
  void operatorsAndFunctionsOfOthers_areNotCalled() throws SQLException {
    String trap =
        """
        create schema trap;
        create function trap.spring(name, name) returns bool language plpgsql
          as 'begin raise exception ''sprung''; end';
        create function trap.spring(oid, oid) returns bool language plpgsql
          as 'begin raise exception ''sprung''; end';
        create function trap.format(text, variadic name[]) returns text language plpgsql
          as 'begin raise exception ''sprung''; end';
        create operator trap.= (leftarg = name, rightarg = name, function = trap.spring);
        create operator trap.= (leftarg = oid, rightarg = oid, function = trap.spring);
        set search_path = trap, pg_catalog
        """;
    try {
      execute(here, trap);
      execute(there, trap);
      assertThatThrownBy(() -> ask(here, "select (1::oid = 2::oid)::text"))
          .hasMessageContaining("sprung");

      assertThat(rehearse()).isEmpty();
    } finally {
      for (Connection side : List.of(here, there)) {
        execute(side, "reset search_path");
        execute(side, "drop schema if exists trap cascade");
      }
    }
  }

  @Test
  void connectionInATransaction_isRefused_andKeepsIt() throws SQLException {
    application.setAutoCommit(false);
    try {
      execute(application, "update account set balance = 7 where id = 7");

      assertThatThrownBy(() -> CutoverRehearsal.rehearse(application, there))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("25001"));
      assertThat(ask(application, "select balance::text from account where id = 7")).isEqualTo("7");
    } finally {
      application.rollback();
      application.setAutoCommit(true);
    }
  }
}

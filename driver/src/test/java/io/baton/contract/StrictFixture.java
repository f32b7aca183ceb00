package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.BeforeEach;

/** A connection with {@code baton.replayStrict}, and tables of many kinds to write to. */
@PostgresTest
abstract class StrictFixture extends ContractFixture {

  static final String STRICT = "?baton.replayStrict=true";

  StrictFixture(PostgresCluster cluster) throws SQLException {
    super(cluster, STRICT);
  }

  @BeforeEach
  void data() throws SQLException {
    superuser(
        """
        do $$begin
          if to_regrole('strict_writer') is null then create role strict_writer; end if;
        end$$;
        """
            + "grant strict_writer to "
            + cluster.user());
    direct(
        """
        drop schema if exists strict cascade;
        create schema strict;
        create table strict.account (id int primary key, balance int, name text);
        insert into strict.account values (1, 10, 'a'), (2, 20, 'b'), (3, 30, null);
        create table strict.parent (id int primary key, weight int default 0);
        create table strict.child (id int references strict.parent on delete cascade, name text);
        insert into strict.parent values (1), (2);
        insert into strict.child values (1, 'one'), (2, 'two');
        create view strict.seen as select * from strict.account;
        create table strict."Odd ""name" (old int, new int, t int);
        insert into strict."Odd ""name" values (1, 2, 3);
        create table strict.parted (id int, part int) partition by list (part);
        create table strict.parted1 partition of strict.parted for values in (1);
        create table strict.parted2 partition of strict.parted for values in (2);
        insert into strict.parted values (1, 1), (2, 2);
        create table strict.base (id int);
        create table strict.heir () inherits (strict.base);
        create table strict.fired (id int, at int);
        create table strict.log (id int);
        create function strict.fire() returns trigger language plpgsql as
          'begin new.at := coalesce(new.at, 0) + 1; return new; end';
        create trigger fire before insert or update on strict.fired
          for each row execute function strict.fire();
        create function strict.noted(int) returns int language sql volatile as
          'insert into strict.log values ($1) returning id';
        create table strict.defaulting (id int, noted int default strict.noted(7));
        create table strict.policed (id int);
        alter table strict.policed enable row level security;
        alter table strict.policed force row level security;
        create policy own on strict.policed for insert with check (true);
        create table strict.hidden (id int, note text);
        grant usage on schema strict to strict_writer;
        grant insert on strict.hidden, strict.policed to strict_writer;
        grant select, insert, update on strict.account to strict_writer;
        """);
    connection.setAutoCommit(false);
  }

  final void superuser(String sql) throws SQLException {
    try (Connection superuser = cluster.primary().connectAsSuperuser();
        Statement statement = superuser.createStatement()) {
      statement.execute(sql);
    }
  }

  final int update(String sql, Object... values) throws SQLException {
    return update(connection, sql, values);
  }

  static int update(Connection on, String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = on.prepareStatement(sql)) {
      for (int index = 0; index < values.length; index++) {
        statement.setObject(index + 1, values[index]);
      }
      return statement.executeUpdate();
    }
  }

  /** Ends the connection; before it is restored, another client changes something. */
  final void cutAnd(String change) throws SQLException {
    cutAll();
    direct(change);
    restore();
  }

  final void assertIsReplayed() throws SQLException {
    assertIsReplayedAfter("select 1");
  }

  final void assertIsReplayedAfter(String change) throws SQLException {
    cutAnd(change);
    assertThat(ask("select 5")).isEqualTo("5");
    connection.commit();
  }

  final SQLException assertIsRefusedAfter(String change) throws SQLException {
    cutAnd(change);
    SQLException failure = failure(() -> ask("select 5"));
    assertThat(failure.getSQLState()).isEqualTo("40001");
    connection.rollback();
    return failure;
  }

  final String committed(String sql) throws SQLException {
    try (Connection direct = cluster.primary().connect()) {
      return ask(direct, sql);
    }
  }

  static final String DOUBLE = "update strict.account set balance = balance * 2 where id = ?";
}

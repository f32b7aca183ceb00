package io.baton.benchmarks.overhead;

import io.baton.BatonLedger;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** The tables that the operations work on. */
final class Schema {
  static final int ACCOUNTS = 1000;
  static final int READINGS = 1000;

  private static final String TABLES =
      """
      CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL) WITH (fillfactor = 50);
      INSERT INTO account SELECT id, 1000 FROM generate_series(0, %d) AS id;

      CREATE TABLE reading (
        id int PRIMARY KEY, station bigint, value double precision, amount numeric(12, 4),
        label text, note varchar(200), valid boolean, taken timestamptz, day date, mark uuid);
      INSERT INTO reading
      SELECT id, id * 1000003::bigint, id / 7.0, id / 13.0, 'station ' || id %% 17,
        CASE WHEN id %% 5 = 0 THEN NULL ELSE repeat('note ', id %% 11) END, id %% 2 = 0,
        timestamptz '2026-01-01 00:00:00+00' + id * interval '1 minute',
        date '2026-01-01' + id %% 365, md5(id::text)::uuid
      FROM generate_series(1, %d) AS id;

      CREATE TABLE item (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text);
      CREATE TABLE event (account int NOT NULL, note text NOT NULL);

      CREATE TABLE altered (id int PRIMARY KEY, note text);
      CREATE TABLE audited (id int PRIMARY KEY, balance bigint NOT NULL) WITH (fillfactor = 50);
      INSERT INTO audited SELECT id, balance FROM account;
      CREATE TABLE audit (id int, balance bigint, noted timestamptz);
      CREATE FUNCTION note_audit() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO audit VALUES (new.id, new.balance, now()); RETURN new; END $$;
      CREATE TRIGGER noted AFTER UPDATE ON audited FOR EACH ROW EXECUTE FUNCTION note_audit();
      CREATE FUNCTION add_one(n int) RETURNS int LANGUAGE plpgsql AS $$
        BEGIN RETURN n + 1; END $$;
      CREATE FUNCTION remember(n int) RETURNS int LANGUAGE plpgsql AS $$
        BEGIN PERFORM set_config('app.remembered', n::text, false); RETURN n; END $$;
      CREATE FUNCTION unused() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM set_config('app.unused', '1', false); RETURN new; END $$;
      """
          .formatted(ACCOUNTS - 1, READINGS);

  private Schema() {}

  static void create(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(TABLES);
      BatonLedger.create(connection);
      statement.execute("VACUUM ANALYZE");
    }
  }
}

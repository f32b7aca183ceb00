package io.baton.failover.cutover;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The tables and functions of a cut over, in the schema {@code baton} of the old database and of
 * the new one.
 *
 * <ul>
 *   <li>{@code baton.cutover}: one row for each cut over. Its stage is what counts, for everybody:
 *       it changes under the lock of the row, so a cut over is either opened or taken back.
 *   <li>{@code baton.cutover_member}: what the JVMs that take part report.
 *   <li>{@code baton.cutover_finding}: what they have found in a rehearsal.
 *   <li>{@code baton.cutover_barrier}: the marker that is written on the old side behind the last
 *       write, and waited for on the new side. It is replicated.
 *   <li>{@code baton.cutover_opened}: on the new side, a row for each cut over that has opened. It
 *       is what is left to go by when the old servers are gone.
 * </ul>
 *
 * <p>What any role may do is report, refuse to take part, which takes the cut over back, and take
 * back one whose time is over; all by functions that run as the owner. The owner is that of the
 * database, or a superuser, or nobody believes the table: see {@code StatusQuery}.
 */
final class CutoverSchema {

  private static final String SQL =
      """
      create schema if not exists baton;
      create table if not exists baton.cutover (
        id pg_catalog.uuid primary key,
        stage pg_catalog.text not null
          check (stage in ('rehearsed', 'announced', 'gated', 'fenced', 'opened', 'taken back')),
        successor pg_catalog.text not null,
        identifier pg_catalog.int8 not null,
        changed pg_catalog.timestamptz not null default pg_catalog.clock_timestamp(),
        expires pg_catalog.timestamptz not null,
        note pg_catalog.text not null default '',
        read_only_before pg_catalog.text,
        sampling pg_catalog.int8);
      do $$
      begin
        if not exists (select from pg_catalog.pg_attribute
            where attrelid operator(pg_catalog.=) 'baton.cutover'::pg_catalog.regclass
              and attname operator(pg_catalog.=) 'sampling') then
          alter table baton.cutover add column sampling pg_catalog.int8,
            drop constraint cutover_stage_check,
            add constraint cutover_stage_check check (stage in
              ('rehearsed', 'announced', 'gated', 'fenced', 'opened', 'taken back'));
        end if;
      end
      $$;
      create unique index if not exists cutover_one on baton.cutover ((true))
        where stage <> 'taken back';
      create table if not exists baton.cutover_member (
        cutover pg_catalog.uuid not null,
        member pg_catalog.uuid not null,
        stage pg_catalog.text not null,
        ready pg_catalog.bool not null,
        note pg_catalog.text not null,
        backends pg_catalog.int4[] not null,
        seen pg_catalog.timestamptz not null,
        primary key (cutover, member));
      create table if not exists baton.cutover_finding (
        cutover pg_catalog.uuid not null,
        member pg_catalog.uuid not null,
        number pg_catalog.int4 not null,
        said pg_catalog.text not null,
        primary key (cutover, member, number));
      create table if not exists baton.cutover_barrier (
        id pg_catalog.uuid primary key,
        written pg_catalog.timestamptz not null default pg_catalog.clock_timestamp());
      create table if not exists baton.cutover_opened (
        id pg_catalog.uuid primary key,
        predecessor pg_catalog.int8 not null,
        identifier pg_catalog.int8 not null,
        opened pg_catalog.timestamptz not null default pg_catalog.clock_timestamp());

      create or replace function baton.cutover_report(
          which pg_catalog.uuid, who pg_catalog.uuid, at_stage pg_catalog.text,
          is_ready pg_catalog.bool, said pg_catalog.text, pids pg_catalog.int4[])
        returns void language sql security definer set search_path = pg_catalog, pg_temp
        as $$
          insert into baton.cutover_member
              (cutover, member, stage, ready, note, backends, seen)
            select which, who, at_stage, is_ready, said,
                array_append(pids, pg_backend_pid()), clock_timestamp()
              from baton.cutover where id = which
            on conflict (cutover, member) do update
              set stage = excluded.stage, ready = excluded.ready, note = excluded.note,
                backends = excluded.backends, seen = excluded.seen
        $$;

      create or replace function baton.cutover_found(
          which pg_catalog.uuid, who pg_catalog.uuid, nth pg_catalog.int4, what pg_catalog.text)
        returns void language sql security definer set search_path = pg_catalog, pg_temp
        as $$
          insert into baton.cutover_finding (cutover, member, number, said)
            select which, who, nth, substr(what, 1, 100000)
              from baton.cutover where id = which and stage = 'rehearsed' and nth between 0 and 999
            on conflict (cutover, member, number) do update set said = excluded.said
        $$;

      create or replace function baton.cutover_undo(which pg_catalog.uuid, why pg_catalog.text)
        returns pg_catalog.bool language plpgsql security definer
        set search_path = pg_catalog, pg_temp
        as $$
        declare
          present baton.cutover;
        begin
          select * into present from baton.cutover where id = which for update;
          if present.id is null or present.stage in ('opened', 'taken back') then
            return false;
          end if;
          if present.stage = 'fenced' then
            if present.read_only_before is null then
              execute format('alter database %I reset default_transaction_read_only',
                current_database());
            else
              execute format('alter database %I set default_transaction_read_only = %L',
                current_database(), present.read_only_before);
            end if;
          end if;
          update baton.cutover
            set stage = 'taken back', changed = clock_timestamp(), note = why where id = which;
          perform pg_notify('baton', 'cutover');
          return true;
        end
        $$;

      create or replace function baton.cutover_take_back(which pg_catalog.uuid)
        returns pg_catalog.bool language plpgsql security definer
        set search_path = pg_catalog, pg_temp
        as $$
        begin
          perform 1 from baton.cutover
            where id = which and expires < clock_timestamp() for update;
          return found and baton.cutover_undo(which,
            'its time was over, and who drives it had not gone on');
        end
        $$;

      create or replace function baton.cutover_refuse(
          which pg_catalog.uuid, who pg_catalog.uuid, why pg_catalog.text)
        returns pg_catalog.bool language plpgsql security definer
        set search_path = pg_catalog, pg_temp
        as $$
        declare
          at_stage text;
        begin
          select stage into at_stage from baton.cutover where id = which for update;
          if not found or not baton.cutover_undo(which, why) then
            return false;
          end if;
          perform baton.cutover_report(which, who, at_stage, false, why, '{}');
          return true;
        end
        $$;

      revoke all on function baton.cutover_undo(pg_catalog.uuid, pg_catalog.text) from public;
      grant usage on schema baton to public;
      grant select on baton.cutover to public;
      grant select on baton.cutover_opened to public;
      grant execute on function baton.cutover_report(pg_catalog.uuid, pg_catalog.uuid,
        pg_catalog.text, pg_catalog.bool, pg_catalog.text, pg_catalog.int4[]) to public;
      grant execute on function baton.cutover_refuse(pg_catalog.uuid, pg_catalog.uuid,
        pg_catalog.text) to public;
      grant execute on function baton.cutover_found(pg_catalog.uuid, pg_catalog.uuid,
        pg_catalog.int4, pg_catalog.text) to public;
      grant execute on function baton.cutover_take_back(pg_catalog.uuid) to public\
      """;

  private CutoverSchema() {}

  /** Creates what is not there, as the role of the connection. */
  static void create(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(SQL);
    }
  }
}

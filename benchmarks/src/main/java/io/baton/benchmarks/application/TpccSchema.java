package io.baton.benchmarks.application;

import java.util.ArrayList;
import java.util.List;

/**
 * The tables of TPC-C and their rows as the specification has them at first, made by the server.
 */
final class TpccSchema {

  private static final List<String> TABLES =
      List.of(
          """
          create table warehouse (w_id int primary key, w_name text, w_street_1 text,
            w_street_2 text, w_city text, w_state char(2), w_zip char(9), w_tax numeric(4, 4),
            w_ytd numeric(12, 2)) with (fillfactor = 50)
          """,
          """
          create table district (d_w_id int, d_id int, d_name text, d_street_1 text,
            d_street_2 text, d_city text, d_state char(2), d_zip char(9), d_tax numeric(4, 4),
            d_ytd numeric(12, 2), d_next_o_id int, primary key (d_w_id, d_id))
            with (fillfactor = 50)
          """,
          """
          create table customer (c_w_id int, c_d_id int, c_id int, c_first text, c_middle char(2),
            c_last text, c_street_1 text, c_street_2 text, c_city text, c_state char(2),
            c_zip char(9), c_phone char(16), c_since timestamp, c_credit char(2),
            c_credit_lim numeric(12, 2), c_discount numeric(4, 4), c_balance numeric(12, 2),
            c_ytd_payment numeric(12, 2), c_payment_cnt int, c_delivery_cnt int, c_data text,
            primary key (c_w_id, c_d_id, c_id)) with (fillfactor = 80)
          """,
          """
          create table history (h_c_id int, h_c_d_id int, h_c_w_id int, h_d_id int, h_w_id int,
            h_date timestamp, h_amount numeric(6, 2), h_data text)
          """,
          """
          create table orders (o_w_id int, o_d_id int, o_id int, o_c_id int, o_entry_d timestamp,
            o_carrier_id int, o_ol_cnt int, o_all_local int, primary key (o_w_id, o_d_id, o_id))
          """,
          """
          create table new_order (no_w_id int, no_d_id int, no_o_id int,
            primary key (no_w_id, no_d_id, no_o_id))
          """,
          """
          create table order_line (ol_w_id int, ol_d_id int, ol_o_id int, ol_number int,
            ol_i_id int, ol_supply_w_id int, ol_delivery_d timestamp, ol_quantity int,
            ol_amount numeric(6, 2), ol_dist_info char(24),
            primary key (ol_w_id, ol_d_id, ol_o_id, ol_number))
          """,
          """
          create table item (i_id int primary key, i_im_id int, i_name text, i_price numeric(5, 2),
            i_data text)
          """,
          """
          create table stock (s_w_id int, s_i_id int, s_quantity int, s_dist char(24), s_ytd int,
            s_order_cnt int, s_remote_cnt int, s_data text, primary key (s_w_id, s_i_id))
            with (fillfactor = 80)
          """);

  /** {@code %d} is the number of warehouses. */
  private static final List<String> ROWS =
      List.of(
          """
          insert into warehouse select w, 'name' || w, 'street', 'street', 'city', 'st',
            '123411111', random() * 0.2, 300000 from generate_series(1, %d) w
          """,
          """
          insert into district select w, d, 'name' || d, 'street', 'street', 'city', 'st',
            '123411111', random() * 0.2, 30000, 3001
          from generate_series(1, %d) w, generate_series(1, 10) d
          """,
          """
          insert into customer select w, d, c, 'first' || c, 'OE', (select s[1 + n / 100]
              || s[1 + n / 10 %% 10] || s[1 + n %% 10] from (select
              '{BAR,OUGHT,ABLE,PRI,PRES,ESE,ANTI,CALLY,ATION,EING}'::text[] s,
              case when c <= 1000 then c - 1 else (c * 7 + d * 31) %% 1000 end n) named),
            'street', 'street', 'city', 'st', '123411111', '0123456789012345', now(),
            case when c %% 10 = 0 then 'BC' else 'GC' end, 50000, random() * 0.5, -10, 10, 1, 0,
            repeat('data', 75)
          from generate_series(1, %d) w, generate_series(1, 10) d, generate_series(1, 3000) c
          """,
          """
          insert into history select c_id, c_d_id, c_w_id, c_d_id, c_w_id, now(), 10, 'data'
          from customer where c_w_id <= %d
          """,
          """
          insert into orders select w, d, o, 1 + (o * 7 + d) %% 3000, now(),
            case when o < 2101 then 1 + o %% 10 end, 5 + (o * 13 + d) %% 11, 1
          from generate_series(1, %d) w, generate_series(1, 10) d, generate_series(1, 3000) o
          """,
          """
          insert into new_order select o_w_id, o_d_id, o_id from orders
          where o_id > 2100 and o_w_id <= %d
          """,
          """
          insert into order_line select o_w_id, o_d_id, o_id, n, 1 + (o_id * 31 + n * 1009) %% 100000,
            o_w_id, case when o_id < 2101 then o_entry_d end, 5,
            case when o_id < 2101 then 0 else 1 + random() * 9998 end, repeat('d', 24)
          from orders, generate_series(1, o_ol_cnt) n where o_w_id <= %d
          """,
          """
          insert into stock select w, i, 10 + (random() * 90)::int, repeat('s', 24), 0, 0, 0,
            repeat('data', 10)
          from generate_series(1, %d) w, generate_series(1, 100000) i
          """);

  private static final List<String> REST =
      List.of(
          """
          insert into item select i, i %% 10000, 'item' || i, 1 + random() * 99, repeat('data', 10)
          from generate_series(1, 100000) i
          """
              .replace("%%", "%"),
          "create index on customer (c_w_id, c_d_id, c_last, c_first)",
          "create index on orders (o_w_id, o_d_id, o_c_id, o_id)",
          "vacuum analyze");

  private TpccSchema() {}

  static List<String> filled(int warehouses) {
    List<String> all = new ArrayList<>(TABLES);
    ROWS.forEach(rows -> all.add(rows.formatted(warehouses)));
    all.addAll(REST);
    return all;
  }
}

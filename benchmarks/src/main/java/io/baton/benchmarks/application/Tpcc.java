package io.baton.benchmarks.application;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Random;

/**
 * The five transactions of TPC-C in the mix of its minimum shares, without keying and think times:
 * 45 % new orders, 43 % payments, 4 % each of the order's status, deliveries and stock levels.
 *
 * <p>Statements are prepared where they are used, as applications do that leave their caching to
 * the driver. No result of this is a result of TPC-C: it is not audited, and its terminals wait for
 * nothing.
 *
 * @param warehouses the scale
 */
record Tpcc(int warehouses) implements Workload {

  private static final int NEW_ORDERS = 45;
  private static final int PAYMENTS = NEW_ORDERS + 43;
  private static final int STATUS = PAYMENTS + 4;
  private static final int DELIVERIES = STATUS + 4;
  private static final int ALL = 100;

  @Override
  public List<String> schema() {
    return TpccSchema.filled(warehouses);
  }

  @Override
  public void work(Connection connection, Random random) throws SQLException {
    TpccChoice choice = new TpccChoice(random, warehouses);
    int kind = random.nextInt(ALL);
    if (kind < NEW_ORDERS) {
      NewOrder.run(connection, choice);
    } else if (kind < PAYMENTS) {
      Payment.run(connection, choice);
    } else if (kind < STATUS) {
      OrderStatus.run(connection, choice);
    } else if (kind < DELIVERIES) {
      Delivery.run(connection, choice);
    } else {
      StockLevel.run(connection, choice);
    }
  }

  @Override
  public List<String> inconsistencies() {
    return List.of(
        """
        select '1: warehouse ' || w_id from warehouse
          join (select d_w_id, sum(d_ytd) s from district group by d_w_id) d on d_w_id = w_id
        where w_ytd <> s
        """,
        """
        select '2: district ' || d_w_id || ', ' || d_id from district
          join (select o_w_id, o_d_id, max(o_id) m from orders group by 1, 2) o
            on o_w_id = d_w_id and o_d_id = d_id
        where d_next_o_id - 1 <> m
        """,
        """
        select '3: new orders of ' || no_w_id || ', ' || no_d_id from new_order
        group by no_w_id, no_d_id having max(no_o_id) - min(no_o_id) + 1 <> count(*)
        """,
        """
        select '4: order lines of ' || o_w_id || ', ' || o_d_id from
          (select o_w_id, o_d_id, sum(o_ol_cnt) s from orders group by 1, 2) o
          join (select ol_w_id, ol_d_id, count(*) c from order_line group by 1, 2) l
            on ol_w_id = o_w_id and ol_d_id = o_d_id
        where s <> c
        """);
  }
}

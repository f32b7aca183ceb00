package io.baton.benchmarks.application;

import java.util.Random;

/** What a terminal enters, by chance: TPC-C, clauses 2.1.6 and 4.3.2.3. Used by one thread. */
final class TpccChoice {

  static final int DISTRICTS = 10;
  static final int CUSTOMERS = 3_000;
  static final int ITEMS = 100_000;

  private static final String[] SYLLABLES = {
    "BAR", "OUGHT", "ABLE", "PRI", "PRES", "ESE", "ANTI", "CALLY", "ATION", "EING"
  };
  private static final int NAMES = 1_000;

  /** The constants C of a run: any will do. */
  private static final int C_NAME = 123;

  private static final int C_CUSTOMER = 259;
  private static final int C_ITEM = 7_911;

  private final Random random;
  private final int warehouses;

  TpccChoice(Random random, int warehouses) {
    this.random = random;
    this.warehouses = warehouses;
  }

  /** A number from {@code least} to {@code most}. */
  int within(int least, int most) {
    return least + random.nextInt(most - least + 1);
  }

  boolean inOneOf(int cases) {
    return random.nextInt(cases) == 0;
  }

  int warehouse() {
    return within(1, warehouses);
  }

  /** Another warehouse, if there is one. */
  int otherThan(int warehouse) {
    return warehouses == 1
        ? warehouse
        : 1 + (warehouse - 1 + within(1, warehouses - 1)) % warehouses;
  }

  int district() {
    return within(1, DISTRICTS);
  }

  int customer() {
    return skewed(1_023, C_CUSTOMER, 1, CUSTOMERS);
  }

  int item() {
    return skewed(8_191, C_ITEM, 1, ITEMS);
  }

  String lastName() {
    int number = skewed(255, C_NAME, 0, NAMES - 1);
    return SYLLABLES[number / 100] + SYLLABLES[number / 10 % 10] + SYLLABLES[number % 10];
  }

  /** The function NURand of the specification. */
  private int skewed(int a, int c, int least, int most) {
    return ((within(0, a) | within(least, most)) + c) % (most - least + 1) + least;
  }
}

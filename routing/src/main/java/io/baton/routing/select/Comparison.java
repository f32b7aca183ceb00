package io.baton.routing.select;

/** How a number that is needed compares with the one that there is. */
public enum Comparison {
  /** At least as much. */
  AT_LEAST(">="),
  /** At most as much. */
  AT_MOST("<="),
  /** More. */
  MORE(">"),
  /** Less. */
  LESS("<"),
  /** The same. */
  EQUAL("=");

  private final String sign;

  Comparison(String sign) {
    this.sign = sign;
  }

  /** Whether it holds, by the result of {@code compareTo} with what is needed. */
  boolean holds(int order) {
    return switch (this) {
      case AT_LEAST -> order >= 0;
      case AT_MOST -> order <= 0;
      case MORE -> order > 0;
      case LESS -> order < 0;
      case EQUAL -> order == 0;
    };
  }

  /** The sign that is written. */
  @Override
  public String toString() {
    return sign;
  }
}

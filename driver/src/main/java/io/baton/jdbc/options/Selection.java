package io.baton.jdbc.options;

/** How one of several readers is chosen ({@code baton.select}). */
public enum Selection {
  /** The better of two chosen at random, by calls in flight and latency. */
  LEAST_LOADED,
  /** One after the other. */
  ROUND_ROBIN,
  /** At random, in proportion to the weights of the topology. */
  WEIGHTED,
  /** The same zone first, then by measured latency. */
  NEAREST
}

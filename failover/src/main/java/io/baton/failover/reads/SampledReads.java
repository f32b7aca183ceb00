package io.baton.failover.reads;

import io.baton.failover.Deadline;
import io.baton.routing.topology.Endpoint;
import java.util.List;
import java.util.function.BooleanSupplier;

/** The reads of the application in this JVM, of which some are kept in memory to be run again. */
public interface SampledReads {

  /** Keeps reads from now on, in place of those that were kept before. */
  void begin();

  /** Keeps none from now on, and forgets those that were kept. */
  void end();

  /**
   * Runs what was kept on both sides, without writing anything, and compares.
   *
   * @param old the writer of the cluster
   * @param successor the writer of the cluster that follows it
   * @param deadline when to be done
   * @param stopped whether to leave off
   * @return one for each read that differs in more than its values
   */
  List<ReadComparison> compare(
      Endpoint old, Endpoint successor, Deadline deadline, BooleanSupplier stopped);
}

package io.baton.routing.topology;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/**
 * On which terms the sessions of a cluster go along when it is cut over to another one.
 *
 * @param successor the only servers that they may go to ({@code baton.successor}); empty if they go
 *     wherever the owner of the database sends them
 * @param pause how long transactions may be held back ({@code baton.cutoverPause})
 */
public record CutoverTerms(List<Endpoint> successor, Duration pause) {

  /** How long transactions may be held back where nothing is set. */
  public static final Duration DEFAULT_PAUSE = Duration.ofSeconds(2);

  /** The terms that hold where nothing is said. */
  public static final CutoverTerms DEFAULT = new CutoverTerms(List.of(), DEFAULT_PAUSE);

  /**
   * Makes terms of copies.
   *
   * @throws IllegalArgumentException if the pause is not positive
   */
  public CutoverTerms {
    successor = successor.stream().distinct().toList();
    if (pause.isZero() || pause.isNegative()) {
      throw new IllegalArgumentException("the pause of a cut over is not positive: " + pause);
    }
  }

  /** Whether sessions may go to these servers. */
  public boolean permit(List<Endpoint> servers) {
    return successor.isEmpty() || successor.containsAll(servers);
  }

  CutoverTerms inNoOrder() {
    return new CutoverTerms(
        successor.stream().sorted(Comparator.comparing(Endpoint::toString)).toList(), pause);
  }
}

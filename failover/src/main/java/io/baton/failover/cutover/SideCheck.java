package io.baton.failover.cutover;

import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A check that looks at one side: a query that names what is not as it should be.
 *
 * @param obstacle whether the finding is one
 * @param what what is found, with a place for the names
 * @param remedy what to do about it
 * @param names names what is found
 */
record SideCheck(boolean obstacle, String what, String remedy, Names names)
    implements RehearsalCheck {

  private static final int SHOWN = 20;

  /** Names what is found. */
  @FunctionalInterface
  interface Names {
    List<String> of(RehearsedPair pair) throws SQLException;
  }

  @Override
  public List<CutoverFinding> findings(RehearsedPair pair) throws SQLException {
    return found(obstacle, what, names.of(pair), remedy);
  }

  /** One finding for all that a check found, however much, or none for nothing. */
  static List<CutoverFinding> found(
      boolean obstacle, String what, List<String> names, String remedy) {
    return names.isEmpty()
        ? List.of()
        : List.of(new CutoverFinding(obstacle, what.formatted(shown(names)), remedy));
  }

  private static String shown(List<String> names) {
    String first = names.stream().sorted().limit(SHOWN).collect(Collectors.joining(", "));
    return names.size() <= SHOWN ? first : first + " and " + (names.size() - SHOWN) + " more";
  }
}

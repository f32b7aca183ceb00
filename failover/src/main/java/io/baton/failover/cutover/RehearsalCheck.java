package io.baton.failover.cutover;

import java.sql.SQLException;
import java.util.List;

/** One question of a rehearsal. */
@FunctionalInterface
interface RehearsalCheck {

  /** Asks it; changes nothing. */
  List<CutoverFinding> findings(RehearsedPair pair) throws SQLException;
}

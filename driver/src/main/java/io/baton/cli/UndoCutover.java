package io.baton.cli;

import io.baton.BatonCutover;
import io.baton.CutoverStatus;
import io.baton.routing.topology.FailureText;
import java.io.IOException;
import java.io.PrintStream;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code cutover undo}: takes a cut over back that has not opened. */
final class UndoCutover implements Command {

  private static final Parameter REASON =
      Parameter.optional("reason", "text", "why, for the reports (by hand)");

  @Override
  public String name() {
    return "cutover undo";
  }

  @Override
  public String help() {
    return "takes the cut over that is under way back; one that has opened stays";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(Parameter.OLD, REASON, FenceCommand.PARAMETER);
  }

  @Override
  public int run(Arguments arguments, Map<String, String> environment, PrintStream out)
      throws UsageException, SQLException {
    Database old = Database.of(arguments, Parameter.OLD, environment);
    boolean isTakenBack = BatonCutover.undo(old, arguments.optional(REASON).orElse("by hand"));
    Optional<CutoverStatus> newest = BatonCutover.status(old);
    openFence(arguments, newest);
    if (isTakenBack) {
      out.println("taken back: the applications go on at the old database");
      return 0;
    }
    out.println(
        newest
            .map(status -> "nothing to take back: the newest cut over is " + status.stage())
            .orElse("nothing to take back: there was no cut over of this database"));
    return 1;
  }

  /** A fence of the operator's stays closed if the program that drove the cut over died. */
  private static void openFence(Arguments arguments, Optional<CutoverStatus> newest)
      throws SQLException {
    Optional<FenceCommand> fence = FenceCommand.of(arguments);
    if (fence.isEmpty() || newest.isEmpty() || !newest.get().stage().equals("taken back")) {
      return;
    }
    try {
      fence.get().open(newest.get().id());
    } catch (IOException failure) {
      throw new SQLException("The fence was not opened: " + FailureText.message(failure), failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new SQLException("The fence was not opened: interrupted", interrupted);
    }
  }
}

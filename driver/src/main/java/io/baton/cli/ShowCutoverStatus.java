package io.baton.cli;

import io.baton.BatonCutover;
import io.baton.CutoverMember;
import io.baton.CutoverStatus;
import java.io.PrintStream;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code cutover status}: what the old database says of its cut over. */
final class ShowCutoverStatus implements Command {

  @Override
  public String name() {
    return "cutover status";
  }

  @Override
  public String help() {
    return "shows how far the newest cut over is, and what each program that takes part reports";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(Parameter.OLD);
  }

  @Override
  public int run(Arguments arguments, Map<String, String> environment, PrintStream out)
      throws UsageException, SQLException {
    Optional<CutoverStatus> newest =
        BatonCutover.status(Database.of(arguments, Parameter.OLD, environment));
    if (newest.isEmpty()) {
      out.println("There was no cut over of this database.");
      return 0;
    }
    CutoverStatus status = newest.get();
    out.printf(
        "%s since %s: cut over %s to %s%n",
        status.stage(), status.changed(), status.id(), status.successor());
    if (!status.note().isEmpty()) {
      out.println("  " + status.note());
    }
    if (!status.isOver()) {
      out.printf(
          status.left().isNegative()
              ? "  its time was over %d ms ago: any program that takes part takes it back%n"
              : "  it is taken back if it does not go on within %d ms%n",
          status.left().abs().toMillis());
    }
    if (status.members().isEmpty()) {
      out.println("No program has reported.");
      return 0;
    }
    TextTable table = new TextTable("program", "stage", "ready", "reported", "says");
    for (CutoverMember member : status.members()) {
      table.add(
          member.id().toString(),
          member.stage(),
          member.ready() ? "yes" : "no",
          member.reported().toString(),
          member.note());
    }
    out.println();
    out.print(table.text());
    return 0;
  }
}

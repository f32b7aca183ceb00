package io.baton.cli;

import io.baton.BatonCutover;
import java.io.PrintStream;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/**
 * {@code cutover rehearse}: looks whether a cut over would go through, and ends with go or no-go.
 */
final class RehearseCutover implements Command {

  @Override
  public String name() {
    return "cutover rehearse";
  }

  @Override
  public String help() {
    return "looks on both sides whether a cut over would go through; it changes nothing";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(Parameter.OLD, Parameter.NEW);
  }

  @Override
  public int run(Arguments arguments, Map<String, String> environment, PrintStream out)
      throws UsageException, SQLException {
    return Findings.report(
        BatonCutover.rehearse(
            Database.of(arguments, Parameter.OLD, environment),
            Database.of(arguments, Parameter.NEW, environment)),
        out);
  }
}

package io.baton.cli;

import io.baton.BatonCutover;
import io.baton.CutoverFinding;
import java.io.PrintStream;
import java.sql.SQLException;
import java.util.Comparator;
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
    List<CutoverFinding> findings =
        BatonCutover.rehearse(
            Database.of(arguments, Parameter.OLD, environment),
            Database.of(arguments, Parameter.NEW, environment));
    TextTable table = new TextTable("", "found", "what to do");
    findings.stream()
        .sorted(Comparator.comparing(CutoverFinding::obstacle).reversed())
        .forEach(
            found -> table.add(found.obstacle() ? "NO-GO" : "look", found.what(), found.remedy()));
    if (!findings.isEmpty()) {
      out.println(table.text());
    }
    long obstacles = findings.stream().filter(CutoverFinding::obstacle).count();
    out.println(
        obstacles == 0
            ? "go"
            : "no-go: " + obstacles + (obstacles == 1 ? " obstacle" : " obstacles"));
    return obstacles == 0 ? 0 : 1;
  }
}

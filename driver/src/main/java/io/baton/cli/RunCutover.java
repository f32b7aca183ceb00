package io.baton.cli;

import io.baton.BatonCutover;
import io.baton.CutoverResult;
import io.baton.routing.topology.FailureText;
import java.io.PrintStream;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** {@code cutover run}: drives a cut over. */
final class RunCutover implements Command {

  private static final Parameter PREPARE =
      Parameter.optional("prepare-time", "time", "for sessions to connect over there (60s)");
  private static final Parameter DRAIN =
      Parameter.optional("drain-time", "time", "for open transactions to end (30s)");
  private static final Parameter PAUSE =
      Parameter.optional("pause", "time", "how long the old database may refuse writes (2s)");

  @Override
  public String name() {
    return "cutover run";
  }

  @Override
  public String help() {
    return "moves the running applications to the new database, or takes it back";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        Parameter.OLD,
        Parameter.NEW,
        Parameter.TO,
        Parameter.JOIN,
        PREPARE,
        DRAIN,
        PAUSE,
        FenceCommand.PARAMETER);
  }

  @Override
  public int run(Arguments arguments, Map<String, String> environment, PrintStream out)
      throws UsageException, SQLException {
    Database old = Database.of(arguments, Parameter.OLD, environment);
    Database successor = Database.of(arguments, Parameter.NEW, environment);
    BatonCutover cutover = plan(arguments, successor);
    long begun = System.nanoTime();
    CutoverResult result;
    old.getConnection().close(); // What cannot be reached is said before anything is begun.
    successor.getConnection().close();
    try {
      result = cutover.run(old, successor, stage -> tell(out, begun, stage));
    } catch (SQLException failure) {
      throw new SQLException(
          FailureText.message(failure) + ". How it ended is not known: ask 'cutover status'",
          failure.getSQLState(),
          failure);
    }
    if (!result.opened()) {
      tell(out, begun, "taken back: " + result.reason());
      return 1;
    }
    out.printf(
        "%nThe applications are at %s: programs %d, sequences %d. New transactions waited for %d ms,"
            + " of which the old database refused writes for %d ms.%n",
        arguments.optional(Parameter.TO).orElse(successor.hosts()),
        result.members(),
        result.sequences(),
        result.pause().toMillis(),
        result.fenced().toMillis());
    return 0;
  }

  private static BatonCutover plan(Arguments arguments, Database successor) throws UsageException {
    BatonCutover cutover = successor.cutoverToHere(arguments);
    Optional<Duration> join = arguments.duration(Parameter.JOIN);
    Optional<Duration> prepare = arguments.duration(PREPARE);
    Optional<Duration> drain = arguments.duration(DRAIN);
    Optional<Duration> pause = arguments.duration(PAUSE);
    cutover = join.map(cutover::joinTime).orElse(cutover);
    cutover = prepare.map(cutover::prepareTime).orElse(cutover);
    cutover = drain.map(cutover::drainTime).orElse(cutover);
    cutover = pause.map(cutover::pause).orElse(cutover);
    return FenceCommand.of(arguments).map(cutover::fence).orElse(cutover);
  }

  private static void tell(PrintStream out, long begun, String stage) {
    out.printf(Locale.ROOT, "%8.3f s  %s%n", (System.nanoTime() - begun) / 1e9, stage);
    out.flush();
  }
}

package io.baton.examples.demo;

import io.baton.examples.demo.Terminal.Colour;
import io.baton.examples.demo.Timeline.Kind;
import java.util.Locale;

/** The verdict on a run as the terminal shows it. */
final class Summary {
  private final RunResult result;

  Summary(RunResult result) {
    this.result = result;
  }

  void printTo(Terminal terminal) {
    Verdict verdict = result.verdict();
    Ledger.Snapshot ledger = result.ledger();
    terminal.line("");
    terminal.line(
        terminal.paint(Colour.STRONG, "Verdict")
            + "     asked by plain pgjdbc straight from the primary, "
            + result.surroundings().server());
    row(terminal, Colour.NONE, "acknowledged", Units.count(verdict.acknowledged()));
    row(terminal, none(verdict.lost().size()), "lost", Units.count(verdict.lost().size()));
    row(
        terminal,
        none(verdict.duplicated().size()),
        "done twice",
        Units.count(verdict.duplicated().size()));
    row(
        terminal,
        none(ledger.errors().size()),
        "errors seen",
        Impact.errorsText(Impact.bySqlState(ledger.errors())));
    row(
        terminal,
        none(ledger.commitsInDoubt()),
        "in doubt",
        ledger.commitsInDoubt() == 0
            ? "0"
            : "%s: %d found by look-up, %d not there and run again, %d still open"
                .formatted(
                    Units.counted(ledger.commitsInDoubt(), "commit"),
                    ledger.foundCommitted(),
                    ledger.foundMissing(),
                    ledger.stillInDoubt()));
    row(terminal, Colour.NONE, "longest pause", pauses());
    row(
        terminal,
        verdict.total() == Verdict.EXPECTED_TOTAL && verdict.wrongBalances() == 0
            ? Colour.GOOD
            : Colour.BAD,
        "sums",
        verdict.total() == Verdict.EXPECTED_TOTAL && verdict.wrongBalances() == 0
            ? "right, all balances agree with their operations"
            : "wrong");
    terminal.line("");
    verdict.faults().forEach(fault -> terminal.line(terminal.paint(Colour.BAD, fault)));
    if (!result.recovered()) {
      terminal.line(terminal.paint(Colour.BAD, "The load did not come back after an event."));
    }
    terminal.line(terminal.paint(verdict.holds() ? Colour.GOOD : Colour.BAD, verdict.headline()));
  }

  private String pauses() {
    StringBuilder text =
        new StringBuilder(Units.duration(result.ledger().longestPauseNanos())).append(';');
    for (Kind kind : Kind.values()) {
      if (kind.movesPrimary()) {
        result.impacts().stream()
            .filter(impact -> impact.event().kind() == kind)
            .mapToLong(Impact::longestPauseNanos)
            .max()
            .ifPresent(
                longest ->
                    text.append(kind == Kind.UPGRADE ? " at the " : " at a ")
                        .append(kind.text())
                        .append(' ')
                        .append(Units.duration(longest))
                        .append(','));
      }
    }
    return text.substring(0, text.length() - 1);
  }

  private static Colour none(long count) {
    return count == 0 ? Colour.GOOD : Colour.BAD;
  }

  private static void row(Terminal terminal, Colour colour, String name, String value) {
    terminal.line(String.format(Locale.ROOT, "  %-15s", name) + terminal.paint(colour, value));
  }
}

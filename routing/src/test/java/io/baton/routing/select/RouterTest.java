package io.baton.routing.select;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.routing.select.Router.Pin;
import io.baton.routing.select.Router.Reads;
import io.baton.routing.topology.Endpoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RouterTest {

  private static final Endpoint HOST = new Endpoint("h", 1);
  private static final RouteHint TO_HOST = RouteHint.endpoint(HOST);

  /** All that the rules look at. */
  private record Facts(
      Reads reads,
      Pin pin,
      @Nullable RouteHint hint,
      boolean readOnly,
      boolean autocommit,
      boolean proved,
      boolean needsWriter) {

    static List<Facts> all() {
      List<Facts> all = new ArrayList<>();
      List<Boolean> either = List.of(false, true);
      for (Reads reads : Reads.values()) {
        for (Pin pin : Pin.values()) {
          for (RouteHint hint : Arrays.asList(null, RouteHint.WRITER, RouteHint.READER, TO_HOST)) {
            for (boolean readOnly : either) {
              for (boolean autocommit : either) {
                for (boolean proved : either) {
                  for (boolean needsWriter : either) {
                    all.add(new Facts(reads, pin, hint, readOnly, autocommit, proved, needsWriter));
                  }
                }
              }
            }
          }
        }
      }
      return all;
    }

    RouteDecision decision() {
      return new Router(reads, RouteDecision.TO_WRITER)
          .route(pin, hint, readOnly, autocommit, proved, needsWriter);
    }
  }

  /** One line of the table: an empty set stands for any value, and so does null of a Boolean. */
  private record Row(
      Set<Reads> reads,
      Set<Pin> pins,
      Set<Object> hints,
      @Nullable Boolean readOnly,
      @Nullable Boolean autocommit,
      @Nullable Boolean proved,
      @Nullable Boolean needsWriter,
      RouteDecision decision) {

    boolean matches(Facts facts) {
      return (reads.isEmpty() || reads.contains(facts.reads()))
          && (pins.isEmpty() || pins.contains(facts.pin()))
          && (hints.isEmpty() || hints.contains(facts.hint() == null ? NO_HINT : facts.hint()))
          && (readOnly == null || readOnly == facts.readOnly())
          && (autocommit == null || autocommit == facts.autocommit())
          && (proved == null || proved == facts.proved())
          && (needsWriter == null || needsWriter == facts.needsWriter());
    }
  }

  private static final Object NO_HINT = "none";
  private static final Set<Reads> ANY_READS = Set.of();
  private static final Set<Reads> NOT_WRITER = Set.of(Reads.DECLARED, Reads.AUTO);
  private static final Set<Reads> AUTO = Set.of(Reads.AUTO);
  private static final Set<Reads> DECLARED = Set.of(Reads.DECLARED);
  private static final Set<Reads> WRITER = Set.of(Reads.WRITER);
  private static final Set<Pin> FREE = Set.of(Pin.NONE);
  private static final Set<Object> ANY_HINT = Set.of();
  private static final Set<Object> NONE = Set.of(NO_HINT);

  private static Row row(
      Set<Reads> reads,
      Set<Pin> pins,
      Set<Object> hints,
      @Nullable Boolean readOnly,
      @Nullable Boolean autocommit,
      @Nullable Boolean proved,
      RouteDecision decision) {
    return new Row(reads, pins, hints, readOnly, autocommit, proved, null, decision);
  }

  /** The row of a statement that belongs on the writer, or of one that does not. */
  private static Row of(boolean needsWriter, Row row, RouteDecision decision) {
    return new Row(
        row.reads(),
        row.pins(),
        row.hints(),
        row.readOnly(),
        row.autocommit(),
        row.proved(),
        needsWriter,
        decision);
  }

  private static final Row DECLARED_READ =
      row(NOT_WRITER, FREE, NONE, true, null, null, RouteDecision.DECLARED_READ);
  private static final Row PROVED_READ =
      row(AUTO, FREE, NONE, false, true, true, RouteDecision.PROVED_READ);

  /** Each combination is in one row; a null is any value. */
  private static final List<Row> TABLE =
      List.of(
          row(ANY_READS, Set.of(Pin.TRANSACTION), ANY_HINT, null, null, null, in("TRANSACTION")),
          row(ANY_READS, Set.of(Pin.STATE), ANY_HINT, null, null, null, in("STATE")),
          row(ANY_READS, FREE, Set.of(RouteHint.WRITER), null, null, null, hint("WRITER")),
          row(ANY_READS, FREE, Set.of(RouteHint.READER), null, null, null, hint("READER")),
          row(ANY_READS, FREE, Set.of(TO_HOST), null, null, null, hint("ENDPOINT")),
          of(false, DECLARED_READ, RouteDecision.DECLARED_READ),
          of(true, DECLARED_READ, RouteDecision.NEEDS_WRITER),
          of(false, PROVED_READ, RouteDecision.PROVED_READ),
          of(true, PROVED_READ, RouteDecision.NEEDS_WRITER),
          row(AUTO, FREE, NONE, false, true, false, RouteDecision.TO_WRITER),
          row(AUTO, FREE, NONE, false, false, null, RouteDecision.TO_WRITER),
          row(DECLARED, FREE, NONE, false, null, null, RouteDecision.TO_WRITER),
          row(WRITER, FREE, NONE, null, null, null, RouteDecision.TO_WRITER));

  private static RouteDecision in(String pin) {
    return new RouteDecision(RouteTarget.CURRENT, null, RouteReason.valueOf("PINNED_BY_" + pin));
  }

  private static RouteDecision hint(String target) {
    RouteTarget named = RouteTarget.valueOf(target);
    return new RouteDecision(named, named == RouteTarget.ENDPOINT ? HOST : null, RouteReason.HINT);
  }

  @Test
  void decision_ofEveryCombinationOfFacts_isTheOneOfTheTable() {
    assertThat(Facts.all())
        .hasSize(3 * 3 * 4 * 2 * 2 * 2 * 2)
        .allSatisfy(
            facts -> {
              List<Row> rows = TABLE.stream().filter(row -> row.matches(facts)).toList();
              assertThat(rows).hasSize(1);
              assertThat(facts.decision()).isEqualTo(rows.get(0).decision());
            });
  }

  @Test
  void hint_cannotTakeASessionAwayFromItsState() {
    Router router = new Router(Reads.AUTO, RouteDecision.TO_WRITER);

    assertThat(router.route(Pin.STATE, RouteHint.WRITER, false, true, true, false))
        .hasToString("current: session state that only this server has");
    assertThat(router.route(Pin.NONE, RouteHint.WRITER, false, true, true, false))
        .hasToString("writer: the statement's hint");
  }

  @Test
  void proof_isAskedForOnlyWhereItCounts() {
    for (Reads reads : Reads.values()) {
      boolean counts =
          Facts.all().stream()
              .filter(facts -> facts.reads() == reads && !facts.proved())
              .anyMatch(
                  facts ->
                      !facts
                          .decision()
                          .equals(
                              new Facts(
                                      reads,
                                      facts.pin(),
                                      facts.hint(),
                                      facts.readOnly(),
                                      facts.autocommit(),
                                      true,
                                      facts.needsWriter())
                                  .decision()));

      assertThat(new Router(reads, RouteDecision.TO_WRITER).asksForProof()).isEqualTo(counts);
    }
  }

  @Test
  void refusal_ofAReader_sendsAProvedReadToTheWriter() {
    for (String state : List.of("0A000", "40001", "25006", "55000")) {
      assertThat(Router.afterRefusal(state, false, Pin.NONE, true))
          .hasToString("writer: a reader refused the statement");
    }
    for (String state : Arrays.asList("42P01", "57014", null)) {
      assertThat(Router.afterRefusal(state, false, Pin.NONE, true)).isNull();
    }
  }

  @Test
  void refusal_thatTheWriterCannotPutRight_stands() {
    assertThat(Router.afterRefusal("40001", true, Pin.NONE, true)).as("by the writer").isNull();
    assertThat(Router.afterRefusal("25006", false, Pin.NONE, false)).as("of a write").isNull();
    assertThat(Router.afterRefusal("40001", false, Pin.TRANSACTION, true)).isNull();
    assertThat(Router.afterRefusal("40001", false, Pin.STATE, true)).isNull();
  }

  @Test
  void target_decidesWhereNothingElseDoes() {
    Router reader = new Router(Reads.DECLARED, RouteDecision.TO_READER);
    Router any = new Router(Reads.AUTO, RouteDecision.TO_ANY);

    assertThat(reader.route(Pin.NONE, null, false, true, false, false))
        .isEqualTo(RouteDecision.TO_READER);
    assertThat(reader.route(Pin.NONE, RouteHint.WRITER, false, true, false, false).target())
        .isEqualTo(RouteTarget.WRITER);
    assertThat(any.route(Pin.NONE, null, false, true, false, false))
        .hasToString("any: baton.target");
  }
}

package io.baton.routing.select;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.routing.select.Router.Pin;
import io.baton.routing.select.Router.Reads;
import io.baton.routing.topology.Endpoint;
import org.junit.jupiter.api.Test;

class RouterTest {

  private static final RouteHint TO_ENDPOINT = RouteHint.endpoint(new Endpoint("h", 1));

  private static Router router(Reads reads) {
    return new Router(reads, RouteDecision.TO_WRITER);
  }

  @Test
  void transaction_staysWhereItIs_whateverElseIsSaid() {
    assertThat(router(Reads.AUTO).route(TO_ENDPOINT, Pin.TRANSACTION, true, true))
        .isEqualTo(RouteDecision.IN_TRANSACTION);
  }

  @Test
  void hint_countsBeforeAllButATransaction() {
    Router router = router(Reads.WRITER);

    assertThat(router.route(RouteHint.READER, Pin.NONE, false, false).target())
        .isEqualTo(RouteTarget.READER);
    assertThat(router.route(RouteHint.WRITER, Pin.STATE, true, true).target())
        .isEqualTo(RouteTarget.WRITER);
    assertThat(router.route(TO_ENDPOINT, Pin.NONE, false, false))
        .isEqualTo(new RouteDecision(RouteTarget.ENDPOINT, new Endpoint("h", 1), RouteReason.HINT));
  }

  @Test
  void state_keepsASessionThatReads() {
    assertThat(router(Reads.AUTO).route(null, Pin.STATE, true, true))
        .isEqualTo(RouteDecision.WITH_STATE);
  }

  @Test
  void reads_goToReadersAsFarAsTheOptionSays() {
    assertThat(router(Reads.DECLARED).route(null, Pin.NONE, true, false))
        .isEqualTo(RouteDecision.DECLARED_READ);
    assertThat(router(Reads.DECLARED).route(null, Pin.NONE, false, true))
        .isEqualTo(RouteDecision.TO_WRITER);
    assertThat(router(Reads.AUTO).route(null, Pin.NONE, false, true))
        .isEqualTo(RouteDecision.PROVED_READ);
    assertThat(router(Reads.WRITER).route(null, Pin.NONE, true, true))
        .isEqualTo(RouteDecision.TO_WRITER);
  }

  @Test
  void target_decidesWhereNothingElseDoes() {
    Router router = new Router(Reads.DECLARED, RouteDecision.TO_READER);

    assertThat(router.route(null, Pin.NONE, false, false)).isEqualTo(RouteDecision.TO_READER);
    assertThat(router.route(RouteHint.WRITER, Pin.NONE, false, false).target())
        .isEqualTo(RouteTarget.WRITER);
    assertThat(new Router(Reads.AUTO, RouteDecision.TO_ANY).route(null, Pin.NONE, false, false))
        .hasToString("any: baton.target");
  }
}
